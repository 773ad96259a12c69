CREATE TABLE "covers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group" uuid NOT NULL,
	"mentor" uuid NOT NULL,
	"until" date NOT NULL,
	"asked_at" timestamptz NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"covered_by" uuid,
	"taken_at" timestamptz,
	"ended_at" timestamptz,
	"how_ended" text,
	"former_joined_on" date,
	"former_left_on" date,
	CONSTRAINT "covers_state" CHECK ("covers"."state" in ('open', 'taken', 'over')),
	CONSTRAINT "covers_taken_by_somebody" CHECK (("covers"."covered_by" is null) = ("covers"."taken_at" is null)),
	CONSTRAINT "covers_open_or_taken" CHECK ("covers"."state" = 'over' or ("covers"."state" = 'taken') = ("covers"."covered_by" is not null)),
	CONSTRAINT "covers_end" CHECK (("covers"."state" = 'over') = ("covers"."ended_at" is not null and "covers"."how_ended" is not null))
);
--> statement-breakpoint
CREATE TABLE "ended_parts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"programme" text NOT NULL,
	"mentor" uuid NOT NULL,
	"groups" uuid[] NOT NULL,
	"ended_by" uuid NOT NULL,
	"ended_at" timestamptz NOT NULL,
	"undone_at" timestamptz
);
--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "ends_on" date;--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "away_until" date;--> statement-breakpoint
ALTER TABLE "covers" ADD CONSTRAINT "covers_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "covers" ADD CONSTRAINT "covers_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "covers" ADD CONSTRAINT "covers_covered_by_people_id_fk" FOREIGN KEY ("covered_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ended_parts" ADD CONSTRAINT "ended_parts_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ended_parts" ADD CONSTRAINT "ended_parts_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ended_parts" ADD CONSTRAINT "ended_parts_ended_by_people_id_fk" FOREIGN KEY ("ended_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "covers_one_request" ON "covers" USING btree ("group","mentor") WHERE "covers"."state" <> 'over';--> statement-breakpoint
CREATE UNIQUE INDEX "covers_one_at_a_time" ON "covers" USING btree ("covered_by") WHERE "covers"."state" = 'taken';--> statement-breakpoint
CREATE INDEX "covers_running" ON "covers" USING btree ("until") WHERE "covers"."state" <> 'over';--> statement-breakpoint
CREATE INDEX "covers_by_mentor" ON "covers" USING btree ("mentor");--> statement-breakpoint
CREATE INDEX "covers_by_colleague" ON "covers" USING btree ("covered_by");--> statement-breakpoint
CREATE INDEX "ended_parts_by_mentor" ON "ended_parts" USING btree ("mentor");--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_for_a_while" CHECK ("memberships"."role" = 'mentor' or ("memberships"."ends_on" is null and "memberships"."away_until" is null));