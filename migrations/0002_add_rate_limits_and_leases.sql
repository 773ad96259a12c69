CREATE TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"paid_until" double precision DEFAULT 0 NOT NULL,
	"held_until" double precision DEFAULT 0 NOT NULL,
	"queued_until" double precision DEFAULT 0 NOT NULL,
	"throttled_at" double precision
);
--> statement-breakpoint
DROP INDEX "outbox_due";--> statement-breakpoint
DROP INDEX "posted_cards_by_subject";--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "is_repeat" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "lease" uuid;--> statement-breakpoint
CREATE INDEX "rate_limits_throttled" ON "rate_limits" USING btree ("tenant_id","throttled_at") WHERE "rate_limits"."throttled_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_retry" ON "outbox" USING btree ("priority","retry_at") WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_expiring" ON "outbox" USING btree ("useful_until") WHERE "outbox"."state" = 'ready' and "outbox"."useful_until" is not null;--> statement-breakpoint
CREATE INDEX "outbox_waiting_for_recipient" ON "outbox" USING btree (coalesce("person", "chat")) WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_by_subject" ON "outbox" USING gin ("subjects") WITH (fastupdate=false) WHERE "outbox"."state" in ('ready', 'leased', 'sending');--> statement-breakpoint
CREATE INDEX "outbox_updates" ON "outbox" USING btree ("updates","id") WHERE "outbox"."state" = 'ready' and "outbox"."updates" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_one_update_at_a_time" ON "outbox" USING btree ("updates") WHERE "outbox"."state" in ('leased', 'sending') and "outbox"."updates" is not null;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("priority","due_at") WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is null;--> statement-breakpoint
CREATE INDEX "posted_cards_by_subject" ON "posted_cards" USING gin ("subjects") WITH (fastupdate=false);--> statement-breakpoint
ALTER TABLE "outbox" DROP COLUMN "leased_by";