CREATE TABLE "attendance" (
	"meeting" uuid NOT NULL,
	"person" uuid NOT NULL,
	"status" text NOT NULL,
	CONSTRAINT "attendance_meeting_person_pk" PRIMARY KEY("meeting","person"),
	CONSTRAINT "attendance_status" CHECK ("attendance"."status" in ('held', 'absent', 'excused'))
);
--> statement-breakpoint
CREATE TABLE "meeting_reminders" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting" uuid NOT NULL,
	"person" uuid,
	"reminded" text[] DEFAULT '{}' NOT NULL,
	"snoozed_until" date,
	"next_kind" text,
	"next_at" timestamptz,
	CONSTRAINT "meeting_reminders_once" UNIQUE NULLS NOT DISTINCT("meeting","person")
);
--> statement-breakpoint
CREATE TABLE "meetings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"group" uuid NOT NULL,
	"key" text NOT NULL,
	"title" text NOT NULL,
	"opens" date,
	"closes" date,
	"is_active" boolean DEFAULT true NOT NULL,
	"planned_at" timestamptz,
	"planned_minutes" integer,
	"planned_form" text,
	"planned_place" text,
	"plan_made_at" timestamptz,
	"planned_before" timestamptz,
	"plan_version" integer DEFAULT 0 NOT NULL,
	"held_on" date,
	"excused" text,
	"taken_by" uuid,
	CONSTRAINT "meetings_once" UNIQUE("group","key"),
	CONSTRAINT "meetings_window" CHECK (("meetings"."opens" is null) = ("meetings"."closes" is null) and "meetings"."opens" <= "meetings"."closes"),
	CONSTRAINT "meetings_plan" CHECK (("meetings"."planned_at" is null) = ("meetings"."planned_minutes" is null)),
	CONSTRAINT "meetings_form" CHECK ("meetings"."planned_form" in ('online', 'in_person', 'both'))
);
--> statement-breakpoint
CREATE TABLE "date_wishes" (
	"meeting" uuid PRIMARY KEY NOT NULL,
	"wished_at" timestamptz NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plan_answers" (
	"meeting" uuid NOT NULL,
	"plan_version" integer NOT NULL,
	"person" uuid NOT NULL,
	"answer" text NOT NULL,
	"suggested_at" timestamptz,
	"answered_at" timestamptz NOT NULL,
	CONSTRAINT "plan_answers_meeting_plan_version_person_pk" PRIMARY KEY("meeting","plan_version","person"),
	CONSTRAINT "plan_answers_answer" CHECK ("plan_answers"."answer" in ('yes', 'no', 'other_time')),
	CONSTRAINT "plan_answers_suggestion" CHECK (("plan_answers"."answer" = 'other_time') = ("plan_answers"."suggested_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "plan_versions" (
	"meeting" uuid NOT NULL,
	"version" integer NOT NULL,
	"is_cancelled" boolean NOT NULL,
	"starts_at" timestamptz NOT NULL,
	"minutes" integer NOT NULL,
	"form" text NOT NULL,
	"place" text,
	"made_by" uuid NOT NULL,
	"made_at" timestamptz NOT NULL,
	"posted_at" timestamptz,
	CONSTRAINT "plan_versions_meeting_version_pk" PRIMARY KEY("meeting","version"),
	CONSTRAINT "plan_versions_form" CHECK ("plan_versions"."form" in ('online', 'in_person', 'both'))
);
--> statement-breakpoint
ALTER TABLE "attendance" ADD CONSTRAINT "attendance_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendance" ADD CONSTRAINT "attendance_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_reminders" ADD CONSTRAINT "meeting_reminders_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_reminders" ADD CONSTRAINT "meeting_reminders_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_taken_by_people_id_fk" FOREIGN KEY ("taken_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "date_wishes" ADD CONSTRAINT "date_wishes_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_answers" ADD CONSTRAINT "plan_answers_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_answers" ADD CONSTRAINT "plan_answers_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_made_by_people_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attendance_by_person" ON "attendance" USING btree ("person");--> statement-breakpoint
CREATE INDEX "meeting_reminders_due" ON "meeting_reminders" USING btree ("next_at") WHERE "meeting_reminders"."next_at" is not null;