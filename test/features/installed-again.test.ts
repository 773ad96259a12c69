import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { meetingNotices } from "../../src/features/meetings/bot.ts";
import { remindOfMeetings } from "../../src/features/meetings/reminders/service.ts";
import { programmeChanged } from "../../src/features/meetings/service.ts";
import { meetingsOfGroups, updateMeeting } from "../../src/features/meetings/store.ts";
import { createNotices } from "../../src/features/notices/bot.ts";
import { createWorld, type World } from "../support/world.ts";

const notices = createNotices(meetingNotices);
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  await world.reset();
});
afterAll(async () => {
  await world.close();
});

/** One morning's work, as the heartbeat does it. */
async function tick(): Promise<void> {
  await remindOfMeetings(world.deps, world.clock.now());
  for (const job of notices.jobs ?? []) await job.run(world.deps, world.clock.now());
}

async function installAgain(): Promise<void> {
  const turn = await world.turnOf(world.people.aisyah);
  for (const listener of notices.listeners ?? []) {
    if (listener.to !== "installed-again") continue;
    const context = { speaker: turn.speaker, now: turn.now };
    await listener.handle(world.deps, { kind: "installed-again" }, context);
  }
}

describe("a mentor whose chat is a new one", () => {
  beforeEach(async () => {
    await programmeChanged(world.deps.db, world.deps.newId, world.programme, world.clock.now());
    await tick();
  });

  const cardsToAisyah = () =>
    world.outbox.messages.filter(({ to }) => "person" in to && to.person === world.people.aisyah.id);

  test("gets what is still to be done once more, and it can be drawn", async () => {
    expect(cardsToAisyah()).toHaveLength(1);
    await installAgain();
    expect(cardsToAisyah()).toHaveLength(2);
    const again = cardsToAisyah()[1];
    expect(again === undefined ? null : JSON.stringify(await world.draw(notices, again))).toContain("Induction with");
  });

  test("is not shown what is done meanwhile", async () => {
    const [induction] = await meetingsOfGroups(world.deps.db, [world.groups.maple]);
    if (induction === undefined) throw new Error("no meeting");
    await updateMeeting(world.deps.db, induction.id, { heldOn: Temporal.PlainDate.from("2026-09-14") });
    await installAgain();
    expect(cardsToAisyah()).toHaveLength(1);
  });

  test("is reminded again on another day: the repeat counts towards no budget", async () => {
    await installAgain();
    world.clock.moveTo("2026-09-23T01:00:00Z");
    await tick();
    expect(cardsToAisyah()).toHaveLength(3);
  });
});
