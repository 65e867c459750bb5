// Module worker: lists a ZIP, unpacks one photo of it, makes it small enough to send, packs the report.
//
// Interface: {op: "list", file} -> {files: [{name, mark, entry, code?}]} or {refused, file}
//            {op: "marks", files} -> {marks: [text or null]}
//            {op: "picture", file, entry?} -> {jpeg} or {code}
//            {op: "workbook", parts} -> {bytes}
// A photo is in memory while it is looked at, and nowhere else.

import { Inflate, strToU8, zipSync } from "../vendor/fflate/browser.js";
import { headerOf } from "./picture_header.js";
import { fitted } from "./picture_rules.js";
import {
  contentAt, isStored, LIMITS, LOCAL_BYTES, readEnd, readEntries, refuseHostile, TAIL_BYTES, ZipRefused,
} from "./zip_directory.js";

const MOST_PIXELS = 50e6;
const SENT_AS_IT_IS = { px: 1280, bytes: 230 * 1024 };
const MOST_SENT_BYTES = 240 * 1024; // a message has 256 KiB, its header included
const TRIES = [[1280, 0.92], [1280, 0.85], [1024, 0.85], [800, 0.8], [640, 0.75]];
const PIECE = 64 * 1024; // inflated at once; deflate makes at most 1,032 times of it

const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

async function list({ file }) {
  const tail = await bytesOf(file.slice(Math.max(0, file.size - TAIL_BYTES)));
  const { count, size, at } = readEnd(tail);
  const entries = readEntries(await bytesOf(file.slice(at, at + size)), count);
  refuseHostile(entries);
  const files = entries.filter(({ isFolder }) => !isFolder);
  return { files: files.map((entry) => ({ name: entry.name, entry, mark: `${entry.crc}:${entry.size}`, ...tooLarge(entry) })) };
}

const tooLarge = ({ size, packed }) => (Math.max(size, packed) > LIMITS.photo ? { code: "too_large" } : {});

// Only files of one size can be one picture; where the browser has no digests (plain http) none is known to be.
async function marks({ files }) {
  const sizes = new Map();
  files.forEach(({ size }) => sizes.set(size, (sizes.get(size) ?? 0) + 1));
  return { marks: await Promise.all(files.map((file) => (sizes.get(file.size) > 1 ? digest(file) : null))) };
}

async function digest(file) {
  if (!crypto.subtle || file.size > LIMITS.photo) return null;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(sum.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function unpacked(file, entry) {
  const start = contentAt(await bytesOf(file.slice(entry.at, entry.at + LOCAL_BYTES)), entry);
  const packed = await bytesOf(file.slice(start, start + entry.packed));
  if (isStored(entry)) return packed;
  const whole = new Uint8Array(entry.size);
  let filled = 0;
  const inflate = new Inflate((piece) => {
    if (filled + piece.length > whole.length) throw new ZipRefused("bomb", entry.name); // it said less
    whole.set(piece, filled);
    filled += piece.length;
  });
  for (let at = 0; at < packed.length; at += PIECE) {
    inflate.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  }
  return whole.subarray(0, filled);
}

async function picture({ file, entry }) {
  const bytes = await (entry ? unpacked(file, entry) : bytesOf(file)).catch(() => null);
  const header = bytes && headerOf(bytes);
  if (!header) return { code: "unreadable" };
  if (header.width * header.height > MOST_PIXELS) return { code: "too_large" };
  const isSmall = Math.max(header.width, header.height) <= SENT_AS_IT_IS.px && bytes.length <= SENT_AS_IT_IS.bytes;
  if (header.kind === "jpeg" && isSmall) return { jpeg: bytes.slice().buffer };
  return smaller(bytes, header.kind);
}

async function smaller(bytes, kind) {
  let bitmap;
  try {
    // The browser turns the picture as its EXIF says before anything is drawn; what is sent has none.
    bitmap = await createImageBitmap(new Blob([bytes], { type: `image/${kind}` }), { imageOrientation: "from-image" });
  } catch {
    return { code: "unreadable" };
  }
  try {
    return await fitting(bitmap);
  } finally {
    bitmap.close(); // up to 200 MB each, which no garbage collector counts
  }
}

async function fitting(bitmap) {
  for (const [most, quality] of TRIES) {
    const blob = await drawn(bitmap, most, quality);
    if (blob.size <= MOST_SENT_BYTES) return { jpeg: await blob.arrayBuffer() };
  }
  return { code: "too_large" };
}

function drawn(bitmap, most, quality) {
  const [width, height] = fitted([bitmap.width, bitmap.height], most);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // behind what a PNG leaves open
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality });
}

function workbook({ parts }) {
  const packed = Object.fromEntries(Object.entries(parts).map(([path, text]) => [path, strToU8(text)]));
  return { bytes: zipSync(packed) };
}

const OPS = { list, marks, picture, workbook };

self.onmessage = async ({ data: { id, ...request } }) => {
  try {
    const answer = await OPS[request.op](request);
    self.postMessage({ id, ...answer }, answer.jpeg ? [answer.jpeg] : []);
  } catch (error) {
    const refused = error instanceof ZipRefused ? error.code : "unreadable";
    self.postMessage({ id, refused, file: error.file ?? "" });
  }
};
