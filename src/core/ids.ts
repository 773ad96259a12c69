/** Ids are opaque strings that the compiler keeps apart: a `MeetingId` is not a `PersonId`. */
type Branded<Name extends string> = string & { readonly __brand: Name };

/** The programme's own id from `programme.yaml`, such as `medicine-2026`. */
export type ProgrammeId = Branded<"programme">;
export type PersonId = Branded<"person">;
export type GroupId = Branded<"group">;
/** A group chat or channel that the bot sits in (our row, not Teams' conversation id). */
export type ChatId = Branded<"chat">;
export type MeetingId = Branded<"meeting">;
export type EntryId = Branded<"entry">;
export type FlagId = Branded<"flag">;
export type NoticeId = Branded<"notice">;
/** Somebody asked a colleague to look after their group for a while. */
export type CoverId = Branded<"cover">;
/** One end of a mentor's part, made by a coordinator. */
export type PartId = Branded<"part">;
/** One row of the outbox. */
export type DeliveryId = Branded<"delivery">;

/** Brands a string that is known to be an id of that kind: one read from its own column, or newly made. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the place that it goes to says which kind
export function as<Id extends string>(value: string): Id {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion -- a brand exists for the compiler only
  return value as Id;
}
