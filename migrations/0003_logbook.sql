CREATE TABLE "logbook_entries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"meeting" uuid NOT NULL,
	"catch_up_for" uuid,
	"mentor" uuid NOT NULL,
	"held_on" date NOT NULL,
	"minutes" integer NOT NULL,
	"form" text NOT NULL,
	"attended" uuid[] NOT NULL,
	"topics" text[] NOT NULL,
	"summary" text NOT NULL,
	"version" integer NOT NULL,
	"first_saved_at" timestamptz NOT NULL,
	"saved_at" timestamptz NOT NULL,
	CONSTRAINT "logbook_entries_once" UNIQUE NULLS NOT DISTINCT("meeting","catch_up_for"),
	CONSTRAINT "logbook_entries_minutes" CHECK ("logbook_entries"."minutes" between 5 and 600),
	CONSTRAINT "logbook_entries_form" CHECK ("logbook_entries"."form" in ('online', 'in_person', 'both'))
);
--> statement-breakpoint
CREATE TABLE "logbook_versions" (
	"entry" uuid NOT NULL,
	"version" integer NOT NULL,
	"mentor" uuid NOT NULL,
	"held_on" date NOT NULL,
	"minutes" integer NOT NULL,
	"form" text NOT NULL,
	"attended" uuid[] NOT NULL,
	"topics" text[] NOT NULL,
	"summary" text NOT NULL,
	"saved_at" timestamptz NOT NULL,
	CONSTRAINT "logbook_versions_entry_version_pk" PRIMARY KEY("entry","version")
);
--> statement-breakpoint
CREATE TABLE "reflections" (
	"entry" uuid NOT NULL,
	"mentor" uuid NOT NULL,
	"text" text NOT NULL,
	"version" integer NOT NULL,
	"saved_at" timestamptz NOT NULL,
	CONSTRAINT "reflections_entry_mentor_pk" PRIMARY KEY("entry","mentor")
);
--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_catch_up_for_people_id_fk" FOREIGN KEY ("catch_up_for") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_versions" ADD CONSTRAINT "logbook_versions_entry_logbook_entries_id_fk" FOREIGN KEY ("entry") REFERENCES "public"."logbook_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_versions" ADD CONSTRAINT "logbook_versions_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reflections" ADD CONSTRAINT "reflections_entry_logbook_entries_id_fk" FOREIGN KEY ("entry") REFERENCES "public"."logbook_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reflections" ADD CONSTRAINT "reflections_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "logbook_entries_by_mentor" ON "logbook_entries" USING btree ("mentor");