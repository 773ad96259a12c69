/** What a university fills in before it uploads the app: `${{NAME}}` in manifest.json. */
export const placeholders = ["VERSION", "APP_ID", "DEVELOPER_NAME", "WEBSITE_URL", "PRIVACY_URL", "TERMS_URL"] as const;

export type Filling = Readonly<Record<(typeof placeholders)[number], string>>;

/** @throws Error when the manifest asks for something that has no such name */
export function fill(manifest: string, filling: Filling): string {
  return manifest.replaceAll(/\$\{\{(\w+)\}\}/g, (_, asked: string) => {
    const name = placeholders.find((one) => one === asked);
    if (name === undefined) throw new Error(`manifest.json asks for ${asked}, which nobody fills in`);
    // Without its quotes, as it stands between quotes already.
    return JSON.stringify(filling[name]).slice(1, -1);
  });
}
