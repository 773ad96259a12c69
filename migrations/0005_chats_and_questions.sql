CREATE TABLE "chat_checks" (
	"chat" uuid PRIMARY KEY NOT NULL,
	"verdict" text NOT NULL,
	"group" uuid,
	"mentor" uuid,
	"outsiders" integer DEFAULT 0 NOT NULL,
	"version" integer NOT NULL,
	"added_at" timestamptz NOT NULL,
	"next_check_at" timestamptz,
	CONSTRAINT "chat_checks_verdict" CHECK ("chat_checks"."verdict" in ('linked', 'asked', 'declined', 'wrong', 'unknown', 'unread'))
);
--> statement-breakpoint
CREATE TABLE "flag_history" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "flag_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"flag" uuid NOT NULL,
	"state" text NOT NULL,
	"person" uuid NOT NULL,
	"at" timestamptz NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flags" (
	"id" uuid PRIMARY KEY NOT NULL,
	"programme" text NOT NULL,
	"group" uuid,
	"asker" uuid NOT NULL,
	"question" text,
	"state" text DEFAULT 'open' NOT NULL,
	"taken_by" uuid,
	"asked_at" timestamptz NOT NULL,
	CONSTRAINT "flags_state" CHECK ("flags"."state" in ('open', 'taken', 'closed')),
	CONSTRAINT "flags_taken_by_somebody" CHECK (("flags"."state" = 'open') = ("flags"."taken_by" is null))
);
--> statement-breakpoint
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_chat_chats_id_fk" FOREIGN KEY ("chat") REFERENCES "public"."chats"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_history" ADD CONSTRAINT "flag_history_flag_flags_id_fk" FOREIGN KEY ("flag") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_history" ADD CONSTRAINT "flag_history_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_asker_people_id_fk" FOREIGN KEY ("asker") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_taken_by_people_id_fk" FOREIGN KEY ("taken_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chat_checks_due" ON "chat_checks" USING btree ("next_check_at");--> statement-breakpoint
CREATE INDEX "flag_history_by_flag" ON "flag_history" USING btree ("flag");--> statement-breakpoint
CREATE INDEX "flags_by_asker" ON "flags" USING btree ("asker");