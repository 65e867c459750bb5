// Reads the list of files at the end of a ZIP, and says why one is refused. Nothing is unpacked here. No DOM.
//
// The server's command has the same rules: apps/enrollment/photo_files.py. Layout: PKWARE APPNOTE 4.3.12 and 4.3.16.

export const LIMITS = {
  entries: 20000,
  unpacked: 4 * 2 ** 30,
  photo: 32 * 2 ** 20,
  ratio: 100,
  small: 64 * 2 ** 10, // less may pack better than `ratio`
  directory: 8 * 2 ** 20,
};
export const TAIL_BYTES = 22 + 0xffff; // the end's own length, and of the longest comment
export const LOCAL_BYTES = 30;

const [END, ENTRY, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50];
const [END_BYTES, ENTRY_BYTES] = [22, 46];
const ENCRYPTED = 1;
const UTF8 = 0x800;
const MADE_BY_UNIX = 3;
const [LINK, TYPE] = [0xa000, 0xf000];
const [STORED, DEFLATED] = [0, 8];

export class ZipRefused extends Error {
  constructor(code, name = "") {
    super(code);
    Object.assign(this, { code, file: name });
  }
}

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where the directory lies, {count, size, at}, from the last bytes of the file. Throws ZipRefused. */
export function readEnd(tail, limits = LIMITS) {
  const view = viewOf(tail);
  for (let i = tail.length - END_BYTES; i >= 0; i -= 1) {
    if (view.getUint32(i, true) !== END) continue;
    const [count, size, at] = [view.getUint16(i + 10, true), view.getUint32(i + 12, true), view.getUint32(i + 16, true)];
    if (at === 0xffffffff) throw new ZipRefused("too_much");
    if (count > limits.entries || size > limits.directory) throw new ZipRefused("too_many_entries");
    return { count, size, at };
  }
  throw new ZipRefused("not_a_zip");
}

function nameOf(bytes, flags) {
  const decoder = new TextDecoder(flags & UTF8 ? "utf-8" : "windows-1252");
  return decoder.decode(bytes);
}

function entryAt(view, bytes, at) {
  if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY) throw new ZipRefused("not_a_zip");
  const u16 = (offset) => view.getUint16(at + offset, true);
  const u32 = (offset) => view.getUint32(at + offset, true);
  const [nameLength, extra, comment] = [u16(28), u16(30), u16(32)];
  const flags = u16(8);
  const name = nameOf(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength), flags);
  return {
    entry: {
      name,
      isEncrypted: Boolean(flags & ENCRYPTED),
      packing: u16(10),
      crc: u32(16),
      packed: u32(20),
      size: u32(24),
      isLink: u16(4) >> 8 === MADE_BY_UNIX && (u32(38) >>> 16 & TYPE) === LINK,
      isFolder: name.endsWith("/"),
      at: u32(42),
    },
    next: at + ENTRY_BYTES + nameLength + extra + comment,
  };
}

/** The entries of a directory. Throws ZipRefused. */
export function readEntries(bytes, count) {
  const view = viewOf(bytes);
  const entries = [];
  for (let at = 0; entries.length < count;) {
    const { entry, next } = entryAt(view, bytes, at);
    entries.push(entry);
    at = next;
  }
  return entries;
}

function hostility(entry, limits) {
  const parts = entry.name.replaceAll("\\", "/").split("/");
  if (parts[0] === "" || parts[0].includes(":") || parts.includes("..")) return "leads_outside";
  if (entry.isLink) return "symlink";
  if (entry.isEncrypted) return "encrypted";
  if (entry.packing !== STORED && entry.packing !== DEFLATED) return "unknown_packing";
  if (entry.size > limits.small && entry.size > limits.ratio * Math.max(entry.packed, 1)) return "bomb";
  return "";
}

/** Throws ZipRefused for an archive that is no plain collection of files. */
export function refuseHostile(entries, limits = LIMITS) {
  if (entries.length > limits.entries) throw new ZipRefused("too_many_entries");
  if (entries.reduce((sum, { size }) => sum + size, 0) > limits.unpacked) throw new ZipRefused("too_much");
  for (const entry of entries) {
    const code = hostility(entry, limits);
    if (code) throw new ZipRefused(code, entry.name.slice(0, 80));
  }
}

/** Where an entry's packed bytes begin, from the LOCAL_BYTES that stand before them. Throws ZipRefused. */
export function contentAt(local, entry) {
  const view = viewOf(local);
  if (local.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL) throw new ZipRefused("unreadable", entry.name);
  return entry.at + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

export const isStored = (entry) => entry.packing === STORED;
