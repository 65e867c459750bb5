import assert from "node:assert/strict";
import { test } from "node:test";

import { zipSync } from "../../node_modules/fflate/esm/browser.js";
import { headerOf } from "../../static/js/picture_header.js";
import {
  contentAt, isStored, LIMITS, LOCAL_BYTES, readEnd, readEntries, refuseHostile, TAIL_BYTES,
} from "../../static/js/zip_directory.js";

const bytes = (length, value = 7) => new Uint8Array(length).fill(value);
const noise = (length) => Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 13 & 255);
const coded = (code) => (error) => error.code === code;

function entriesOf(zip) {
  const { count, size, at } = readEnd(zip.subarray(-TAIL_BYTES));
  return readEntries(zip.subarray(at, at + size), count);
}

test("every file of a ZIP is listed with its size, sum and place", () => {
  const entries = entriesOf(zipSync({ "1001.jpg": noise(500), "ä/b.jpg": [noise(300), { level: 0 }] }));
  assert.deepEqual(entries.map(({ name, size }) => [name, size]), [["1001.jpg", 500], ["ä/b.jpg", 300]]);
});

test("the packed bytes are found behind their own header", () => {
  const content = noise(300);
  const zip = zipSync({ "a.jpg": [content, { level: 0 }] });
  const [entry] = entriesOf(zip);
  const start = contentAt(zip.subarray(entry.at, entry.at + LOCAL_BYTES), entry);
  assert.ok(isStored(entry));
  assert.deepEqual(zip.subarray(start, start + entry.packed), content);
});

test("what is no ZIP is said to be none", () => {
  assert.throws(() => readEnd(bytes(100)), coded("not_a_zip"));
  assert.throws(() => readEnd(bytes(0)), coded("not_a_zip"));
});

test("a directory that ends early is no ZIP that can be read", () => {
  const zip = zipSync({ "a.jpg": noise(30) });
  const { count, size, at } = readEnd(zip);
  assert.throws(() => readEntries(zip.subarray(at, at + size - 10), count), coded("not_a_zip"));
  assert.throws(() => readEntries(zip.subarray(at, at + size), count + 1), coded("not_a_zip"));
});

test("a bomb is refused before anything is unpacked", () => {
  const entries = entriesOf(zipSync({ "1001.jpg": bytes(10 * 2 ** 20) }));
  assert.throws(() => refuseHostile(entries), coded("bomb"));
});

test("what is small may pack well", () => {
  refuseHostile(entriesOf(zipSync({ "1001.jpg": bytes(60 * 1024) })));
});

for (const name of ["../1001.jpg", "/etc/1001.jpg", "a/../../b.jpg", "C:/b.jpg", "..\\b.jpg"]) {
  test(`a name that leads outside is refused: ${name}`, () => {
    assert.throws(() => refuseHostile(entriesOf(zipSync({ [name]: noise(30) }))), coded("leads_outside"));
  });
}

test("a link is refused", () => {
  const link = zipSync({ "1001.jpg": [noise(30), { os: 3, attrs: 0o120777 << 16 }] });
  assert.throws(() => refuseHostile(entriesOf(link)), coded("symlink"));
});

test("a password is refused", () => {
  const [entry] = entriesOf(zipSync({ "1001.jpg": noise(30) }));
  assert.throws(() => refuseHostile([{ ...entry, isEncrypted: true }]), coded("encrypted"));
});

test("more files, or more of them unpacked, than the limits are refused", () => {
  const entries = entriesOf(zipSync({ "a.jpg": noise(300), "b.jpg": noise(300) }));
  assert.throws(() => refuseHostile(entries, { ...LIMITS, entries: 1 }), coded("too_many_entries"));
  assert.throws(() => refuseHostile(entries, { ...LIMITS, unpacked: 599 }), coded("too_much"));
  assert.throws(() => readEnd(zipSync({ "a.jpg": noise(30), "b.jpg": noise(30) }), { ...LIMITS, entries: 1 }), coded("too_many_entries"));
});

test("a picture's size is read before it is decoded", () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 1, 0, 0, 0, 0, 200]);
  assert.deepEqual(headerOf(png), { kind: "png", width: 256, height: 200 });
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc2, 0, 11, 8, 0, 90, 1, 44, 1, 1, 17, 0, 0, 0, 0, 0]);
  assert.deepEqual(headerOf(jpeg), { kind: "jpeg", width: 300, height: 90 });
});

test("what is no picture, or ends within its header, has no size", () => {
  assert.equal(headerOf(noise(100)), null);
  assert.equal(headerOf(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, ...bytes(30)])), null);
});
