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
CREATE TABLE "notice_cards" (
	"id" uuid PRIMARY KEY NOT NULL,
	"person" uuid NOT NULL,
	"at" timestamptz NOT NULL,
	"dropped_at" timestamptz
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"person" uuid NOT NULL,
	"programme" text NOT NULL,
	"role" text NOT NULL,
	"kind" text NOT NULL,
	"ref" jsonb NOT NULL,
	"topic" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"due_at" timestamptz NOT NULL,
	"useful_until" timestamptz NOT NULL,
	"made_at" timestamptz NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"reason" text,
	"card" uuid,
	CONSTRAINT "notices_once" UNIQUE("dedupe_key"),
	CONSTRAINT "notices_state" CHECK ("notices"."state" in ('waiting', 'on_card', 'cancelled')),
	CONSTRAINT "notices_card" CHECK (("notices"."state" = 'on_card') = ("notices"."card" is not null))
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
CREATE TABLE "audit_log" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"at" timestamptz NOT NULL,
	"what" text NOT NULL,
	"subject" text,
	"person" uuid
);
--> statement-breakpoint
CREATE TABLE "chats" (
	"id" uuid PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"tenant_id" text NOT NULL,
	"bot_id" text NOT NULL,
	"service_url" text NOT NULL,
	"kind" text NOT NULL,
	"team_id" text,
	"group" uuid,
	"welcomed_at" timestamptz,
	"removed_at" timestamptz,
	CONSTRAINT "chats_conversationId_unique" UNIQUE("conversation_id")
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"person" uuid PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"user_id" text NOT NULL,
	"bot_id" text NOT NULL,
	"service_url" text NOT NULL,
	"conversation_id" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamptz NOT NULL,
	"last_seen" timestamptz NOT NULL
);
--> statement-breakpoint
CREATE TABLE "groups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"programme" text NOT NULL,
	"name" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "groups_name" UNIQUE("programme","name")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"person" uuid NOT NULL,
	"programme" text NOT NULL,
	"group" uuid,
	"role" text NOT NULL,
	"joined_on" date NOT NULL,
	"left_on" date,
	"is_active" boolean DEFAULT true NOT NULL,
	CONSTRAINT "memberships_once" UNIQUE NULLS NOT DISTINCT("person","programme","group","role"),
	CONSTRAINT "memberships_role" CHECK ("memberships"."role" in ('mentor', 'mentee', 'coordinator')),
	CONSTRAINT "memberships_group" CHECK ("memberships"."role" = 'coordinator' or "memberships"."group" is not null)
);
--> statement-breakpoint
CREATE TABLE "people" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text,
	"name" text NOT NULL,
	"time_zone" text,
	"aad_object_id" text,
	"created_at" timestamptz NOT NULL,
	"welcomed_at" timestamptz,
	"paused_until" date,
	"erased_at" timestamptz,
	CONSTRAINT "people_email_unique" UNIQUE("email"),
	CONSTRAINT "people_aadObjectId_unique" UNIQUE("aad_object_id"),
	CONSTRAINT "people_erased_or_named" CHECK (("people"."erased_at" is null) = ("people"."email" is not null))
);
--> statement-breakpoint
CREATE TABLE "programmes" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"starts" date NOT NULL,
	"ends" date NOT NULL,
	"settings" jsonb NOT NULL,
	"imported_at" timestamptz NOT NULL
);
--> statement-breakpoint
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
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_chat_chats_id_fk" FOREIGN KEY ("chat") REFERENCES "public"."chats"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chat_checks" ADD CONSTRAINT "chat_checks_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_history" ADD CONSTRAINT "flag_history_flag_flags_id_fk" FOREIGN KEY ("flag") REFERENCES "public"."flags"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flag_history" ADD CONSTRAINT "flag_history_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_asker_people_id_fk" FOREIGN KEY ("asker") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_taken_by_people_id_fk" FOREIGN KEY ("taken_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_catch_up_for_people_id_fk" FOREIGN KEY ("catch_up_for") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_entries" ADD CONSTRAINT "logbook_entries_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_versions" ADD CONSTRAINT "logbook_versions_entry_logbook_entries_id_fk" FOREIGN KEY ("entry") REFERENCES "public"."logbook_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "logbook_versions" ADD CONSTRAINT "logbook_versions_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reflections" ADD CONSTRAINT "reflections_entry_logbook_entries_id_fk" FOREIGN KEY ("entry") REFERENCES "public"."logbook_entries"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reflections" ADD CONSTRAINT "reflections_mentor_people_id_fk" FOREIGN KEY ("mentor") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendance" ADD CONSTRAINT "attendance_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendance" ADD CONSTRAINT "attendance_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_reminders" ADD CONSTRAINT "meeting_reminders_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meeting_reminders" ADD CONSTRAINT "meeting_reminders_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "meetings" ADD CONSTRAINT "meetings_taken_by_people_id_fk" FOREIGN KEY ("taken_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_cards" ADD CONSTRAINT "notice_cards_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_card_notice_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."notice_cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "date_wishes" ADD CONSTRAINT "date_wishes_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_answers" ADD CONSTRAINT "plan_answers_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_answers" ADD CONSTRAINT "plan_answers_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_versions" ADD CONSTRAINT "plan_versions_made_by_people_id_fk" FOREIGN KEY ("made_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chats" ADD CONSTRAINT "chats_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posted_cards" ADD CONSTRAINT "posted_cards_id_outbox_id_fk" FOREIGN KEY ("id") REFERENCES "public"."outbox"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chat_checks_due" ON "chat_checks" USING btree ("next_check_at");--> statement-breakpoint
CREATE INDEX "flag_history_by_flag" ON "flag_history" USING btree ("flag");--> statement-breakpoint
CREATE INDEX "flags_by_asker" ON "flags" USING btree ("asker");--> statement-breakpoint
CREATE INDEX "logbook_entries_by_mentor" ON "logbook_entries" USING btree ("mentor");--> statement-breakpoint
CREATE INDEX "attendance_by_person" ON "attendance" USING btree ("person");--> statement-breakpoint
CREATE INDEX "meeting_reminders_due" ON "meeting_reminders" USING btree ("next_at") WHERE "meeting_reminders"."next_at" is not null;--> statement-breakpoint
CREATE INDEX "notice_cards_by_person" ON "notice_cards" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("due_at") WHERE "notices"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "notices_waiting" ON "notices" USING btree ("person","topic") WHERE "notices"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "notices_by_card" ON "notices" USING btree ("card");--> statement-breakpoint
CREATE UNIQUE INDEX "chats_one_per_group" ON "chats" USING btree ("group") WHERE "chats"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "memberships_by_group" ON "memberships" USING btree ("group");--> statement-breakpoint
CREATE INDEX "memberships_by_programme" ON "memberships" USING btree ("programme","role");--> statement-breakpoint
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