/** Why a meeting could not be: what a mentor may choose from, and what coordinators read. */
export const excuseReasons = {
  no_answer: "My mentees did not answer",
  no_time_together: "We found no time that suited us all",
  mentor_away: "I was ill or away",
  exams: "Exams came first",
  other: "Something else",
} as const;

export type ExcuseReason = keyof typeof excuseReasons;
