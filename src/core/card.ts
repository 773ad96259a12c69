/**
 * Adaptive Cards as plain data, schema 1.5 (the ceiling that Teams documents for bots). Builders, so that no card can
 * lack what people need: a fallback text, a label on every input, text that wraps, a heading for screen readers.
 */
export interface Card {
  readonly type: "AdaptiveCard";
  readonly $schema: string;
  readonly version: "1.5";
  readonly fallbackText: string;
  readonly speak?: string;
  readonly body: readonly Element[];
  readonly actions?: readonly Action[];
}

export type Element = { readonly type: string } & Readonly<Record<string, unknown>>;
export type Action = { readonly type: string; readonly title: string } & Readonly<Record<string, unknown>>;

/** What a button carries: opaque ids, a version, nothing that is trusted. */
export type ButtonData = Readonly<Record<string, string | number>>;

/** A card with a heading. `fallback` is what a client that cannot show cards says instead: the whole message in a sentence. */
export function card(title: string, body: readonly Element[], actions: readonly Action[] = [], fallback = title): Card {
  return {
    type: "AdaptiveCard",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    version: "1.5",
    fallbackText: plain(fallback),
    body: [heading(title), ...body],
    ...(actions.length > 0 ? { actions } : {}),
  };
}

export function heading(text: string): Element {
  return { type: "TextBlock", text: plain(text), size: "Medium", weight: "Bolder", wrap: true, style: "heading" };
}

export function paragraph(text: string): Element {
  return { type: "TextBlock", text: plain(text), wrap: true };
}

/** Smaller and quieter: who can read this, what happens next. */
export function note(text: string): Element {
  return { type: "TextBlock", text: plain(text), wrap: true, isSubtle: true, size: "Small", spacing: "Small" };
}

/** A problem with the field that follows: said in words, not in colour alone. */
export function problem(text: string): Element {
  return {
    type: "TextBlock",
    text: `Please check: ${plain(text)}`,
    wrap: true,
    color: "Attention",
    weight: "Bolder",
    spacing: "Small",
  };
}

export function facts(rows: readonly (readonly [label: string, value: string])[]): Element {
  return { type: "FactSet", facts: rows.map(([title, value]) => ({ title: plain(title), value: plain(value) })) };
}

/** One line each, whatever they hold: nobody adds a line of their own. */
export function bullets(items: readonly string[]): Element {
  return {
    type: "TextBlock",
    text: items.map((item) => `- ${plain(item).replaceAll("\n", " ")}`).join("\n"),
    wrap: true,
  };
}

/** A separated part of a card that says several things. */
export function section(title: string, body: readonly Element[], actions: readonly Action[] = []): Element {
  const row: Element[] = actions.length > 0 ? [{ type: "ActionSet", actions }] : [];
  return { type: "Container", separator: true, spacing: "Large", items: [heading(title), ...body, ...row] };
}

interface Field {
  readonly id: string;
  readonly label: string;
  readonly value?: string | undefined;
  readonly required?: boolean;
}

export function textInput(
  field: Field & { readonly maxLength: number; readonly multiline?: boolean; readonly placeholder?: string },
): Element {
  return {
    type: "Input.Text",
    ...common(field),
    maxLength: field.maxLength,
    isMultiline: field.multiline ?? false,
    ...(field.placeholder === undefined ? {} : { placeholder: field.placeholder }),
  };
}

export function numberInput(field: Field & { readonly min: number; readonly max: number }): Element {
  // What was typed and is no number cannot be shown in a field of numbers.
  const isNumber = field.value !== undefined && field.value.trim() !== "" && Number.isFinite(Number(field.value));
  return {
    type: "Input.Number",
    ...common(field),
    value: isNumber ? Number(field.value) : undefined,
    min: field.min,
    max: field.max,
  };
}

/** `value`, `min`, `max`: `YYYY-MM-DD`. */
export function dateInput(field: Field & { readonly min?: string; readonly max?: string }): Element {
  return {
    type: "Input.Date",
    ...common(field),
    ...(field.min === undefined ? {} : { min: field.min }),
    ...(field.max === undefined ? {} : { max: field.max }),
  };
}

/** `value`: `HH:MM`. */
export function timeInput(field: Field): Element {
  return { type: "Input.Time", ...common(field) };
}

export function choiceInput(
  field: Field & {
    readonly choices: readonly { readonly title: string; readonly value: string }[];
    readonly many?: boolean;
    readonly style?: "compact" | "expanded";
  },
): Element {
  return {
    type: "Input.ChoiceSet",
    ...common(field),
    isMultiSelect: field.many ?? false,
    style: field.style ?? "expanded",
    wrap: true,
    choices: field.choices.map((choice) => ({ title: plain(choice.title), value: choice.value })),
  };
}

function common(field: Field): Record<string, unknown> {
  return {
    id: field.id,
    label: plain(field.label),
    ...(field.value === undefined ? {} : { value: field.value }),
    ...(field.required === true ? { isRequired: true, errorMessage: "Please fill this in." } : {}),
  };
}

/**
 * A button. Teams sends `Action.Execute` as an invoke that is answered in place; clients without it fall back to
 * `Action.Submit`, which comes as a message. Both carry the verb and reach the same handler.
 */
export function button(
  title: string,
  verb: string,
  data: ButtonData = {},
  style: "default" | "positive" | "destructive" = "default",
): Action {
  const payload = { ...data, verb };
  return {
    type: "Action.Execute",
    title: plain(title),
    verb,
    data: payload,
    ...(style === "default" ? {} : { style }),
    fallback: { type: "Action.Submit", title: plain(title), data: payload, ...(style === "default" ? {} : { style }) },
  };
}

export function link(title: string, url: string): Action {
  return { type: "Action.OpenUrl", title: plain(title), url };
}

/**
 * Text from people and files, made harmless: Adaptive Cards read Markdown, so a link that somebody typed would hide
 * its address behind words, where it stands (`[here](https://...)`) or by a note to it elsewhere (`[here]: https://...`).
 * Control characters go, the two are parted by a zero-width space; what is seen stays the same.
 */
export function plain(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "")
    .replaceAll(/\](?=[(:])/g, "]\u200b");
}
