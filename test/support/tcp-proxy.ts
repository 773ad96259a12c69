import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Line {
  readonly near: Socket;
  readonly far: Socket;
}

export type TcpProxy = Awaited<ReturnType<typeof createTcpProxy>>;

/**
 * A way to a server that can go wrong as networks do. It begins open.
 *
 *     const proxy = await createTcpProxy(new URL(process.env.DATABASE_URL));
 *     proxy.url;                     // the same server, by this way
 *     proxy.cut("reset");            // every connection ends
 *     proxy.stall();                 // they stand, and nothing comes through any more
 *     proxy.halfOpen();              // the server's ends are gone, and ours are not told; new ones work
 *     await proxy.shut();            // nobody listens
 *     await proxy.open();
 */
export async function createTcpProxy(to: URL) {
  const lines = new Set<Line>();
  let gate: Server | null = null;
  let port = 0;
  let isStalled = false;

  function join(near: Socket): void {
    const far = connect({ host: to.hostname, port: Number(to.port === "" ? 5432 : to.port) });
    const line = { near, far };
    lines.add(line);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => undefined);
      socket.on("data", (data) => other.write(data));
      socket.once("end", () => other.end());
      socket.once("close", () => {
        lines.delete(line);
        other.destroy();
      });
    }
    if (isStalled) stop(line);
  }

  function stop({ near, far }: Line): void {
    near.pause();
    far.pause();
  }

  async function open(): Promise<void> {
    gate = createServer(join).listen(port, "127.0.0.1");
    await once(gate, "listening");
    const bound = gate.address();
    if (typeof bound === "object" && bound !== null) ({ port } = bound);
  }

  function cut(how: "reset" | "end" = "end"): void {
    for (const { near, far } of [...lines]) {
      if (how === "reset") near.resetAndDestroy();
      else near.destroy();
      far.destroy();
    }
  }

  async function shut(): Promise<void> {
    const closed = gate === null ? null : once(gate, "close");
    gate?.close();
    gate = null;
    cut();
    await closed;
  }

  await open();
  const url = new URL(to);
  url.host = `127.0.0.1:${port}`;
  return {
    /** With the name of the database and the user of the server's own. */
    url,
    open,
    shut,
    cut,
    /** Connections that stand. */
    count: () => lines.size,
    /** Of all of them, new ones included, until `flow`. */
    stall(): void {
      isStalled = true;
      for (const line of lines) stop(line);
    },
    flow(): void {
      isStalled = false;
      for (const { near, far } of lines) {
        near.resume();
        far.resume();
      }
    },
    halfOpen(): void {
      for (const { near, far } of [...lines]) {
        near.removeAllListeners("data").resume();
        far.removeAllListeners("close").destroy();
      }
    },
  };
}
