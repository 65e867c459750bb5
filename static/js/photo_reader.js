// The page's side of photo_worker.js: each question has a number, and its answer finds back.

export class PhotoReader {
  constructor({ worker = new Worker(new URL("./photo_worker.js", import.meta.url), { type: "module" }) } = {}) {
    this.worker = worker;
    this.asked = new Map();
    this.next = 1;
    worker.onmessage = ({ data: { id, ...answer } }) => this.#answer(id, answer);
    worker.onerror = () => [...this.asked.keys()].forEach((id) => this.#answer(id, { refused: "unreadable", code: "unreadable" }));
  }

  #answer(id, answer) {
    this.asked.get(id)?.(answer);
    this.asked.delete(id);
  }

  #ask(request) {
    const id = this.next;
    this.next += 1;
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      this.worker.postMessage({ id, ...request });
    });
  }

  /** The files of a ZIP [{name, mark, file, entry, code?}], or {refused, file}. */
  async zip(file) {
    const { files, ...refused } = await this.#ask({ op: "list", file });
    return files ? { files: files.map((one) => ({ ...one, file })) } : refused;
  }

  /** The files of a folder, named from inside it. */
  async folder(chosen) {
    const files = [...chosen].map((file) => ({ name: file.webkitRelativePath.split("/").slice(1).join("/") || file.name, file }));
    const { marks = [] } = await this.#ask({ op: "marks", files: [...chosen] });
    return { files: files.map((one, i) => ({ ...one, mark: marks[i] ?? null })) };
  }

  /** {jpeg} small enough to send, or {code}. */
  async picture({ file, entry }) {
    const { jpeg, code, refused } = await this.#ask({ op: "picture", file, entry });
    return jpeg ? { jpeg } : { code: code ?? refused };
  }

  async workbook(parts) {
    return (await this.#ask({ op: "workbook", parts })).bytes;
  }
}
