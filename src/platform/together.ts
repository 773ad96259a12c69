/**
 * Makes one call out of those that come while an earlier one is under way: under load a statement serves many rows and
 * costs one commit, and a single call waits for nobody.
 *
 * @param run answers each of the batch, in its order; when it throws, all of the batch do
 */
export function together<Item, Answer>(
  run: (batch: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  let waiting: { readonly item: Item; readonly answered: PromiseWithResolvers<Answer> }[] = [];
  let isRunning = false;

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const answers = await run(batch.map(({ item }) => item));
        batch.forEach(({ answered }, at) => {
          const answer = answers[at];
          if (answer === undefined) answered.reject(new Error("A batch was answered in part"));
          else answered.resolve(answer);
        });
      } catch (error) {
        for (const { answered } of batch) answered.reject(error);
      }
    }
    isRunning = false;
  }

  return (item) => {
    const answered = Promise.withResolvers<Answer>();
    waiting.push({ item, answered });
    if (!isRunning) {
      isRunning = true;
      // After this round of events, so that calls made side by side go together.
      setImmediate(() => void work());
    }
    return answered.promise;
  };
}
