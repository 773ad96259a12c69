import { z } from "zod/v4";

/** The shape of `programme.yaml`: all but `id`, `name`, `timezone`, `year` and `meetings` have defaults. */

const key = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "use small letters, digits and single hyphens, such as mid-semester-1")
  .max(60);
const words = z.string().trim().min(1, "write something here").max(200, "shorten it to 200 characters");
const day = z
  .string()
  .transform((text, context) =>
    parsed(context, "write a day as YYYY-MM-DD, such as 2026-09-14", () =>
      Temporal.PlainDate.from(/^\d{4}-\d\d-\d\d$/.exec(text)?.[0] ?? ""),
    ),
  );
const time = z
  .string()
  .transform((text, context) =>
    parsed(context, 'write a time as "HH:MM" in quotes, such as "09:00"', () =>
      Temporal.PlainTime.from(/^\d\d:\d\d$/.exec(text)?.[0] ?? ""),
    ),
  );
const email = z
  .email("write an e-mail address, such as name@example.edu")
  .transform((text) => text.trim().toLowerCase());

export const timeZone = z
  .string()
  .refine(isTimeZone, "use a zone's name from the IANA list, such as Asia/Kuala_Lumpur");

function parsed<T>(context: z.RefinementCtx, remedy: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    context.addIssue({ code: "custom", message: remedy });
    return z.NEVER;
  }
}

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +08:00 would know nothing of daylight saving.
    return /^[A-Z]/.test(name) && Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId !== "";
  } catch {
    return false;
  }
}

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const weekday = z
  .enum(weekdays, "name a weekday in small letters, such as monday")
  .transform((name) => weekdays.indexOf(name) + 1);

export const settingsSchema = z.strictObject({
  id: key.describe("stable; a second import with the same id updates"),
  name: words.describe("what people call the programme"),
  timezone: timeZone.describe("IANA name; days below are days there"),
  year: z.strictObject({ starts: day, ends: day }).describe("first and last day, both inclusive"),
  meetings: z
    .array(
      z.strictObject({
        key: key.describe("stable name of the meeting"),
        title: words,
        opens: day.describe("first day of its window"),
        closes: day.describe("last day of its window"),
        talk_about: z.array(words).max(8, "keep it to eight").default([]).describe("ideas shown to the mentor"),
      }),
    )
    .min(1, "list at least one meeting")
    .max(12, "list at most twelve meetings"),
  quiet: z
    .strictObject({
      from: time.prefault("20:00"),
      to: time.prefault("08:00"),
      days: z
        .array(weekday)
        .max(6, "leave at least one day on which people can be reminded")
        .prefault(["saturday", "sunday"]),
    })
    .prefault({})
    .describe("hours and days without reminders, in each recipient's zone"),
  blackouts: z
    .array(
      z.strictObject({
        from: day,
        to: day,
        who: z.enum(["mentors", "mentees", "all"], "write mentors, mentees or all"),
        title: words,
      }),
    )
    .default([])
    .describe("days on which these people are not reminded, both inclusive"),
  reminders: z
    .strictObject({
      at: time.prefault("09:00"),
      before_close_days: z.int().min(1).max(14).default(3),
      after_meeting_hours: z.int().min(0).max(48).default(2),
    })
    .prefault({}),
  budget: z
    .strictObject({
      mentor_per_day: z.int().min(1).max(10).default(1),
      mentor_per_week: z.int().min(1).max(30).default(3),
      mentee_per_week: z.int().min(1).max(30).default(2),
    })
    .prefault({})
    .describe("unrequested messages to one person over all features"),
  digest: z.strictObject({ day: weekday.prefault("monday"), at: time.prefault("08:30") }).prefault({}),
  safeguarding: z
    .strictObject({ name: words, email, phone: words, hours: words, deputy: email })
    .nullable()
    .default(null)
    .describe("whom to turn to about somebody's safety"),
  emergency: z
    .strictObject({
      country: z.string().regex(/^[A-Z]{2}$/, "use the country's two letters, such as MY"),
      numbers: z.array(z.strictObject({ label: words, phone: words })).min(1, "list at least one number"),
      checked_on: day,
    })
    .nullable()
    .default(null)
    .describe("numbers shown when somebody may be in danger"),
  checkins: z
    .array(
      z.strictObject({
        key,
        question: words,
        kind: z.enum(["faces", "choice", "yes_no"], "write faces, choice or yes_no"),
        choices: z.array(words).min(2).max(6).optional().describe("for kind choice"),
        who: z.enum(["mentees", "mentors"], "write mentees or mentors"),
        every: z.string().describe("fortnight, month, or a meeting's key"),
        closes_after_days: z.int().min(1).max(60),
        anonymous: z.boolean().default(false),
      }),
    )
    .nullable()
    .default(null)
    .describe("polls; empty: none; left out: the default set"),
});

/** What `programme.yaml` says, checked. Days are days in `timezone`; weekdays are 1 (Monday) to 7. */
export type Settings = z.output<typeof settingsSchema>;

export type MeetingWindow = Settings["meetings"][number];

/** Parses what the `programmes` table holds: it was checked before it was stored. */
export function readSettings(stored: unknown): Settings {
  return settingsSchema.parse(stored);
}
