CREATE TABLE "attendance_replies" (
	"meeting" uuid NOT NULL,
	"person" uuid NOT NULL,
	"answer" text NOT NULL,
	"replied_at" timestamptz NOT NULL,
	"settled" text,
	CONSTRAINT "attendance_replies_meeting_person_pk" PRIMARY KEY("meeting","person"),
	CONSTRAINT "attendance_replies_answer" CHECK ("attendance_replies"."answer" in ('there', 'could_not', 'not_held')),
	CONSTRAINT "attendance_replies_settled" CHECK ("attendance_replies"."settled" in ('took_place', 'did_not_take_place')),
	CONSTRAINT "attendance_replies_settled_dispute" CHECK ("attendance_replies"."settled" is null or "attendance_replies"."answer" = 'not_held')
);
--> statement-breakpoint
CREATE TABLE "reply_history" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "reply_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"meeting" uuid NOT NULL,
	"person" uuid NOT NULL,
	"step" text NOT NULL,
	"by" uuid NOT NULL,
	"at" timestamptz NOT NULL
);
--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_state";--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_taken_by_somebody";--> statement-breakpoint
ALTER TABLE "attendance" ADD COLUMN "asked_at" timestamptz;--> statement-breakpoint
-- Meetings of the time before are not asked about: as if everybody had been asked already.
UPDATE "attendance" SET "asked_at" = now() WHERE "status" = 'held';--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "kind" text DEFAULT 'question' NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "audience" text DEFAULT 'coordinators' NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "meeting" uuid;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "dedupe_key" text;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "raised" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "attendance_replies" ADD CONSTRAINT "attendance_replies_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attendance_replies" ADD CONSTRAINT "attendance_replies_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reply_history" ADD CONSTRAINT "reply_history_by_people_id_fk" FOREIGN KEY ("by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reply_history" ADD CONSTRAINT "reply_history_reply" FOREIGN KEY ("meeting","person") REFERENCES "public"."attendance_replies"("meeting","person") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attendance_replies_by_person" ON "attendance_replies" USING btree ("person");--> statement-breakpoint
CREATE INDEX "reply_history_by_reply" ON "reply_history" USING btree ("meeting","person");--> statement-breakpoint
CREATE INDEX "attendance_to_ask" ON "attendance" USING btree ("meeting") WHERE "attendance"."asked_at" is null and "attendance"."status" = 'held';--> statement-breakpoint
CREATE INDEX "attendance_taken_off" ON "attendance" USING btree ("meeting") WHERE "attendance"."asked_at" is not null and "attendance"."status" <> 'held';--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_once" UNIQUE("dedupe_key");--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_kind" CHECK ("flags"."kind" in ('question', 'contact', 'not-held', 'another-mentor', 'leave'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_audience" CHECK ("flags"."audience" in ('coordinators', 'mentors'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_mentors_of_a_group" CHECK ("flags"."audience" = 'coordinators' or "flags"."group" is not null);--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_words_of_questions" CHECK ("flags"."kind" = 'question' or "flags"."question" is null);--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_state" CHECK ("flags"."state" in ('open', 'taken', 'closed', 'withdrawn'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_taken_by_somebody" CHECK (("flags"."state" in ('open', 'withdrawn')) = ("flags"."taken_by" is null));