ALTER TABLE "flags" DROP CONSTRAINT "flags_state";--> statement-breakpoint
ALTER TABLE "flags" DROP CONSTRAINT "flags_taken_by_somebody";--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "kind" text DEFAULT 'question' NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "audience" text DEFAULT 'coordinators' NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "meeting" uuid;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "dedupe_key" text;--> statement-breakpoint
ALTER TABLE "flags" ADD COLUMN "raised" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_once" UNIQUE("dedupe_key");--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_kind" CHECK ("flags"."kind" in ('question', 'contact', 'not-held', 'another-mentor', 'leave'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_audience" CHECK ("flags"."audience" in ('coordinators', 'mentors'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_mentors_of_a_group" CHECK ("flags"."audience" = 'coordinators' or "flags"."group" is not null);--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_words_of_questions" CHECK ("flags"."kind" = 'question' or "flags"."question" is null);--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_state" CHECK ("flags"."state" in ('open', 'taken', 'closed', 'withdrawn'));--> statement-breakpoint
ALTER TABLE "flags" ADD CONSTRAINT "flags_taken_by_somebody" CHECK (("flags"."state" in ('open', 'withdrawn')) = ("flags"."taken_by" is null));