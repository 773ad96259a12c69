CREATE TABLE "clock_seen" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"at" timestamptz NOT NULL,
	CONSTRAINT "clock_seen_one_row" CHECK ("clock_seen"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"ref" jsonb NOT NULL,
	"person" uuid,
	"chat" uuid,
	"updates" uuid,
	"dedupe_key" text NOT NULL,
	"priority" integer NOT NULL,
	"subjects" text[] DEFAULT '{}' NOT NULL,
	"due_at" timestamptz NOT NULL,
	"useful_until" timestamptz,
	"state" text DEFAULT 'ready' NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"is_repeat" boolean DEFAULT false NOT NULL,
	"retry_at" timestamptz,
	"lease" uuid,
	"leased_until" timestamptz,
	"state_since" timestamptz NOT NULL,
	CONSTRAINT "outbox_once" UNIQUE("dedupe_key"),
	CONSTRAINT "outbox_state" CHECK ("outbox"."state" in ('ready', 'leased', 'sending', 'sent', 'uncertain', 'failed', 'cancelled')),
	CONSTRAINT "outbox_one_recipient" CHECK (num_nonnulls("outbox"."person", "outbox"."chat") = 1)
);
--> statement-breakpoint
CREATE TABLE "posted_cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"service_url" text NOT NULL,
	"conversation_id" text NOT NULL,
	"activity_id" text NOT NULL,
	"subjects" text[] NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"posted_at" timestamptz NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"paid_until" double precision DEFAULT 0 NOT NULL,
	"held_until" double precision DEFAULT 0 NOT NULL,
	"queued_until" double precision DEFAULT 0 NOT NULL,
	"throttled_at" double precision
);
--> statement-breakpoint
CREATE TABLE "seen_activities" (
	"conversation_id" text NOT NULL,
	"activity_id" text NOT NULL,
	"at" timestamptz NOT NULL,
	CONSTRAINT "seen_activities_conversation_id_activity_id_pk" PRIMARY KEY("conversation_id","activity_id")
);
--> statement-breakpoint
ALTER TABLE "posted_cards" ADD CONSTRAINT "posted_cards_id_outbox_id_fk" FOREIGN KEY ("id") REFERENCES "public"."outbox"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("priority","due_at") WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_retry" ON "outbox" USING btree ("priority","retry_at") WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_expiring" ON "outbox" USING btree ("useful_until") WHERE "outbox"."state" = 'ready' and "outbox"."useful_until" is not null;--> statement-breakpoint
CREATE INDEX "outbox_held" ON "outbox" USING btree ("leased_until") WHERE "outbox"."state" in ('leased', 'sending');--> statement-breakpoint
CREATE INDEX "outbox_waiting_for_recipient" ON "outbox" USING btree (coalesce("person", "chat")) WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_by_subject" ON "outbox" USING gin ("subjects") WITH (fastupdate=false) WHERE "outbox"."state" in ('ready', 'leased', 'sending');--> statement-breakpoint
CREATE INDEX "outbox_updates" ON "outbox" USING btree ("updates","id") WHERE "outbox"."state" = 'ready' and "outbox"."updates" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_one_update_at_a_time" ON "outbox" USING btree ("updates") WHERE "outbox"."state" in ('leased', 'sending') and "outbox"."updates" is not null;--> statement-breakpoint
CREATE INDEX "outbox_by_person" ON "outbox" USING btree ("person","state_since");--> statement-breakpoint
CREATE INDEX "posted_cards_by_subject" ON "posted_cards" USING gin ("subjects") WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "rate_limits_throttled" ON "rate_limits" USING btree ("tenant_id","throttled_at") WHERE "rate_limits"."throttled_at" is not null;--> statement-breakpoint
CREATE INDEX "seen_activities_by_time" ON "seen_activities" USING btree ("at");