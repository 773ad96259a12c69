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
ALTER TABLE "notice_cards" ADD CONSTRAINT "notice_cards_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_person_people_id_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_programme_programmes_id_fk" FOREIGN KEY ("programme") REFERENCES "public"."programmes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_card_notice_cards_id_fk" FOREIGN KEY ("card") REFERENCES "public"."notice_cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notice_cards_by_person" ON "notice_cards" USING btree ("person","at");--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("due_at") WHERE "notices"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "notices_waiting" ON "notices" USING btree ("topic","person") WHERE "notices"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "notices_by_card" ON "notices" USING btree ("card");