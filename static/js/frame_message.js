// The binary message frame.v1: u8 version, u8 flags, u16 header length, JSON header, JPEG.

export const SUBPROTOCOL = "frame.v1";
export const MOST_MESSAGE_BYTES = 256 * 1024;
export const MOST_HEADER_BYTES = 2048;

const PREFIX_BYTES = 4;
const encoder = new TextEncoder();

/** Pack one frame. Throws RangeError where the server would close the socket (code 4413). */
export function packFrame(header, jpeg) {
  const text = encoder.encode(JSON.stringify(header));
  const length = PREFIX_BYTES + text.length + jpeg.byteLength;
  if (text.length > MOST_HEADER_BYTES) throw new RangeError(`frame header of ${text.length} bytes`);
  if (length > MOST_MESSAGE_BYTES) throw new RangeError(`frame of ${length} bytes`);
  const message = new Uint8Array(length);
  message[0] = 1;
  new DataView(message.buffer).setUint16(2, text.length);
  message.set(text, PREFIX_BYTES);
  message.set(new Uint8Array(jpeg), PREFIX_BYTES + text.length);
  return message;
}
