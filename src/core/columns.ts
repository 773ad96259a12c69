import { customType } from "drizzle-orm/pg-core";

/** `timestamptz` <-> `Temporal.Instant`. Drivers hand it over as text such as `2026-09-14 01:00:00+00`. */
export const instant = customType<{ data: Temporal.Instant; driverData: string }>({
  dataType: () => "timestamptz",
  toDriver: (value) => value.toString(),
  fromDriver: (value) => Temporal.Instant.from(value.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00")),
});

/** `date` <-> `Temporal.PlainDate`. */
export const plainDate = customType<{ data: Temporal.PlainDate; driverData: string }>({
  dataType: () => "date",
  toDriver: (value) => value.toString(),
  fromDriver: (value) => Temporal.PlainDate.from(value),
});
