CREATE TABLE "openings" (
	"person" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"bot_id" text NOT NULL,
	"service_url" text NOT NULL,
	"user_id" text NOT NULL,
	"state" text DEFAULT 'untried' NOT NULL,
	"state_since" timestamptz NOT NULL,
	"greet_at" timestamptz,
	CONSTRAINT "openings_state" CHECK ("openings"."state" in ('untried', 'opened', 'refused'))
);
--> statement-breakpoint
ALTER TABLE "contacts" ALTER COLUMN "last_seen" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "waits_for_recipient" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "openings" ADD CONSTRAINT "openings_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "openings_to_greet" ON "openings" USING btree ("greet_at") WHERE "openings"."greet_at" is not null;--> statement-breakpoint
CREATE INDEX "outbox_tried_again" ON "outbox" USING btree ("due_at") WHERE "outbox"."state" = 'ready' and "outbox"."retry_at" is not null and not "outbox"."waits_for_recipient";--> statement-breakpoint
CREATE INDEX "outbox_in_doubt" ON "outbox" USING btree ("state_since") WHERE "outbox"."state" in ('uncertain', 'failed');