import ical, { ICalCalendarMethod, ICalEventStatus } from "ical-generator";
import type { CalendarEvent } from "../core/feature.ts";

/**
 * An iCalendar file with one event. Its times are in UTC: every calendar shows them in its owner's zone, and none has to know
 * the zone's rules.
 */
export function calendarFile(event: CalendarEvent): string {
  const calendar = ical({
    prodId: { company: "Waymark", product: "Peer mentoring", language: "EN" },
    // An invitation would ask for an answer by e-mail, and there is nobody to send it to.
    method: ICalCalendarMethod.PUBLISH,
  });
  calendar.createEvent({
    id: event.uid,
    sequence: event.sequence,
    summary: event.title,
    start: new Date(event.startsAt.epochMilliseconds),
    end: new Date(event.startsAt.add({ minutes: event.minutes }).epochMilliseconds),
    location: event.place,
    status: event.isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  });
  return calendar.toString();
}
