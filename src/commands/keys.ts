import { z } from "zod/v4";
import { settingsSchema } from "../features/programme/rules.ts";
import type { CliCommand } from "./command.ts";

export const keys: CliCommand = {
  name: "keys",
  usage: "",
  does: "lists every key of programme.yaml with its default",
  options: {},
  run: (_given, terminal) => {
    for (const line of listKeys()) terminal.print(line);
    return Promise.resolve(0);
  },
};

interface Shape {
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Shape | undefined;
  readonly anyOf?: readonly Shape[] | undefined;
}

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.looseObject({
    description: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), shape).optional(),
    required: z.array(z.string()).optional(),
    items: shape.optional(),
    anyOf: z.array(shape).optional(),
  }),
);

/** One line a key, from the schema that `check` uses: `meetings[].opens (required): first day of its window`. */
export function listKeys(): readonly string[] {
  const schema = z.toJSONSchema(settingsSchema, { io: "input", unrepresentable: "any" });
  return linesOf(shape.parse(schema), "");
}

function linesOf(object: Shape, prefix: string): readonly string[] {
  return Object.entries(object.properties ?? {}).flatMap(([name, value]) => {
    const isRequired = object.required?.includes(name) === true;
    const inner = innerOf(value);
    const path = `${prefix}${name}${isList(value) ? "[]" : ""}`;
    const about = [value.description, inner.enum === undefined ? undefined : inner.enum.join(" | ")].filter(
      (text) => text !== undefined,
    );
    const line = `${path} (${isRequired ? "required" : defaultOf(value)})${about.length === 0 ? "" : `: ${about.join("; ")}`}`;
    return [line, ...linesOf(inner, `${path}.`)];
  });
}

/** The object or value itself, whether it stands alone, in a list, or may be left out. */
function innerOf(value: Shape): Shape {
  const real = value.anyOf?.find((one) => one.properties !== undefined || one.items !== undefined) ?? value;
  return real.items === undefined ? real : innerOf(real.items);
}

function isList(value: Shape): boolean {
  return value.items !== undefined || (value.anyOf ?? []).some((one) => one.items !== undefined);
}

function defaultOf(value: Shape): string {
  if (value.default === undefined || value.default === null) return "optional";
  const text = JSON.stringify(value.default);
  return text === "{}" ? "optional" : `default ${text}`;
}
