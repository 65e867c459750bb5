import assert from "node:assert/strict";
import test from "node:test";
import { sentence } from "../../static/js/passkey.js";

test("a browser without passkeys says where they work", () => assert.match(sentence("x", false), /https/));
test("an address that has no name says so too", () => assert.match(sentence("SecurityError", true), /localhost/));
test("a key that is there already is named", () => assert.match(sentence("InvalidStateError", true), /already/));
test("who gives up is told what to do", () => assert.match(sentence("NotAllowedError", true), /another way/));
