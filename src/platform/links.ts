import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock, Links } from "../core/ports.ts";

export interface LinkBook extends Links {
  /** What a link of ours leads to; `null` when it was changed, is for another page, or its time is over (real time). */
  read(page: string, token: string): string | null;
}

/**
 * @param secret signs: who has it can make links
 * @param publicUrl `PUBLIC_URL`, with or without a slash at its end
 * @param clock the programme's: a link lives as long in real time as it would there
 */
export function createLinks(secret: string, publicUrl: string, clock: Clock): LinkBook {
  const base = publicUrl.replace(/\/+$/, "");
  const sealOf = (page: string, payload: string) => createHmac("sha256", secret).update(`${page}\n${payload}`).digest();
  return {
    sign: (page, subject, until) => {
      const seconds = Math.floor((Date.now() + until.epochMilliseconds - clock.now().epochMilliseconds) / 1000);
      const payload = Buffer.from(`${seconds}:${subject}`).toString("base64url");
      return `${base}/${page}/${payload}.${sealOf(page, payload).toString("base64url")}`;
    },
    read: (page, token) => {
      const [payload = "", seal = "", ...more] = token.split(".");
      const given = Buffer.from(seal, "base64url");
      const right = sealOf(page, payload);
      if (more.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const [, seconds, subject] = /^(\d+):(.*)$/s.exec(Buffer.from(payload, "base64url").toString()) ?? [];
      if (seconds === undefined || subject === undefined) return null;
      return Number(seconds) * 1000 > Date.now() ? subject : null;
    },
  };
}
