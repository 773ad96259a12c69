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
ALTER TABLE "chats" ADD CONSTRAINT "chats_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "groups" ADD CONSTRAINT "groups_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "chats_one_per_group" ON "chats" USING btree ("group") WHERE "chats"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "memberships_by_group" ON "memberships" USING btree ("group");--> statement-breakpoint
CREATE INDEX "memberships_by_programme" ON "memberships" USING btree ("programme","role");