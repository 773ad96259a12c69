CREATE TABLE "outreach_answers" (
	"step" uuid NOT NULL,
	"person" uuid NOT NULL,
	"answer" text NOT NULL,
	"at" timestamptz NOT NULL,
	CONSTRAINT "outreach_answers_step_person_pk" PRIMARY KEY("step","person"),
	CONSTRAINT "outreach_answers_answer" CHECK ("outreach_answers"."answer" in ('another_time', 'fine', 'pause', 'another_mentor', 'leave', 'yes', 'no'))
);
--> statement-breakpoint
CREATE TABLE "outreach_hosts" (
	"person" uuid NOT NULL,
	"group" uuid NOT NULL,
	"since" timestamptz NOT NULL,
	CONSTRAINT "outreach_hosts_person_group_pk" PRIMARY KEY("person","group")
);
--> statement-breakpoint
CREATE TABLE "outreach_looks" (
	"person" uuid NOT NULL,
	"group" uuid NOT NULL,
	"next_at" timestamptz,
	CONSTRAINT "outreach_looks_person_group_pk" PRIMARY KEY("person","group")
);
--> statement-breakpoint
CREATE TABLE "outreach_steps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"person" uuid NOT NULL,
	"group" uuid NOT NULL,
	"kind" text NOT NULL,
	"occasion" text NOT NULL,
	"meeting" uuid,
	"host_group" uuid,
	"host" uuid,
	"at" timestamptz NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"undone_at" timestamptz,
	"undone_by" uuid,
	CONSTRAINT "outreach_steps_once" UNIQUE("person","group","kind","occasion"),
	CONSTRAINT "outreach_steps_kind" CHECK ("outreach_steps"."kind" in ('ask', 'joint', 'list', 'snooze')),
	CONSTRAINT "outreach_steps_host" CHECK (("outreach_steps"."kind" = 'joint') = ("outreach_steps"."host" is not null and "outreach_steps"."host_group" is not null)),
	CONSTRAINT "outreach_steps_undone" CHECK (("outreach_steps"."undone_at" is null) = ("outreach_steps"."undone_by" is null))
);
--> statement-breakpoint
ALTER TABLE "outreach_answers" ADD CONSTRAINT "outreach_answers_step_outreach_steps_id_fk" FOREIGN KEY ("step") REFERENCES "public"."outreach_steps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_answers" ADD CONSTRAINT "outreach_answers_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_hosts" ADD CONSTRAINT "outreach_hosts_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_hosts" ADD CONSTRAINT "outreach_hosts_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_looks" ADD CONSTRAINT "outreach_looks_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_looks" ADD CONSTRAINT "outreach_looks_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_group_groups_id_fk" FOREIGN KEY ("group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_meeting_meetings_id_fk" FOREIGN KEY ("meeting") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_host_group_groups_id_fk" FOREIGN KEY ("host_group") REFERENCES "public"."groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_host_people_id_fk" FOREIGN KEY ("host") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "outreach_steps" ADD CONSTRAINT "outreach_steps_undone_by_people_id_fk" FOREIGN KEY ("undone_by") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "outreach_answers_by_person" ON "outreach_answers" USING btree ("person");--> statement-breakpoint
CREATE INDEX "outreach_looks_due" ON "outreach_looks" USING btree ("next_at") WHERE "outreach_looks"."next_at" is not null;--> statement-breakpoint
CREATE INDEX "outreach_steps_by_group" ON "outreach_steps" USING btree ("group");