import type { Role } from "../../core/feature.ts";

interface Row {
  readonly person: string;
  readonly name: string;
  readonly role: Role;
  readonly group: string | null;
  /** Null: never opened; anything but `reachable`: removed or blocked since. */
  readonly state: string | null;
}

export interface Missing {
  readonly name: string;
  readonly role: Role;
  /** They had it, and removed or blocked it. */
  readonly hadIt: boolean;
}

export interface InstallationReport {
  /** People, each counted once, whatever their roles. */
  readonly people: number;
  readonly missing: number;
  /** Those in which somebody is missing; coordinators (null) first, then by name. */
  readonly groups: readonly {
    readonly name: string | null;
    readonly people: number;
    readonly missing: readonly Missing[];
  }[];
}

const rank = { coordinator: 0, mentor: 1, mentee: 2 } as const satisfies Record<Role, number>;

/** @param rows one for each role that somebody has, of one programme */
export function reportInstallations(rows: readonly Row[]): InstallationReport {
  const byGroup = Map.groupBy(rows, ({ role, group }) => (role === "coordinator" ? null : group));
  const groups = [...byGroup].map(([name, members]) => ({
    name,
    people: members.length,
    missing: members
      .filter(({ state }) => state !== "reachable")
      .map(({ name, role, state }) => ({ name, role, hadIt: state !== null }))
      .sort((a, b) => rank[a.role] - rank[b.role] || a.name.localeCompare(b.name, "en")),
  }));
  return {
    people: new Set(rows.map(({ person }) => person)).size,
    missing: new Set(rows.filter(({ state }) => state !== "reachable").map(({ person }) => person)).size,
    groups: groups
      .filter(({ missing }) => missing.length > 0)
      .sort((a, b) =>
        // "Group 10" comes after "Group 9".
        a.name === null || b.name === null
          ? Number(b.name === null) - Number(a.name === null)
          : a.name.localeCompare(b.name, "en", { numeric: true }),
      ),
  };
}
