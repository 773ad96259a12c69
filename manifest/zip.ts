import { crc32 } from "node:zlib";

interface ZipEntry {
  /** With `/` between folders; ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** 1 January 1980, the first day that a zip can name: the same files make the same archive at any time. */
const firstDay = 0x0021;

/**
 * An archive of a few small files, stored as they are (PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16). PNGs are
 * compressed already, and one short file is not worth more.
 */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const path = Buffer.from(name, "ascii");
    const facts = factsOf(path, bytes);
    const header = Buffer.concat([uint32(0x04034b50), facts, uint16(0), path]);
    const place = [uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint32(offset)];
    files.push(header, Buffer.from(bytes));
    directory.push(Buffer.concat([uint32(0x02014b50), uint16(20), facts, ...place, path]));
    offset += header.length + bytes.length;
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0);
  const end = [uint32(0x06054b50), uint16(0), uint16(0), uint16(entries.length), uint16(entries.length), uint32(size)];
  return Buffer.concat([...files, ...directory, ...end, uint32(offset), uint16(0)]);
}

/** What a file's header and its line in the directory both say. */
function factsOf(path: Uint8Array, bytes: Uint8Array): Buffer {
  const stored = 0;
  return Buffer.concat([
    uint16(20),
    uint16(0),
    uint16(stored),
    uint16(0),
    uint16(firstDay),
    uint32(crc32(bytes)),
    uint32(bytes.length),
    uint32(bytes.length),
    uint16(path.length),
  ]);
}

function uint16(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16LE(value);
  return buffer;
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
}
