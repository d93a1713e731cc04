import type { Message } from "./reader.ts";

/** What became of a text: the bytes that were sent, and the error, if there was one. */
export interface Outcome {
  readonly wire: string;
  readonly error?: unknown;
}

/** A place where a string of somebody else gets into a message. */
export interface Source {
  readonly name: string;
  readonly kind: "request" | "response";
  send(text: string): Promise<Outcome>;
  /**
   * The message that should be sent for this text, made from the message of an innocent text. Throws if there is none.
   */
  planned(innocent: Message, text: string): Message;
}

export const withStart = (message: Message, index: 0 | 1 | 2, part: string): Message => {
  const start: [string, string, string] = [...message.start];
  start[index] = part;
  return { ...message, start };
};

export const withTarget = (message: Message, target: string): Message => withStart(message, 1, target);

export const withValue = (message: Message, name: string, value: string): Message => ({
  ...message,
  fields: message.fields.map((field) => (field[0] === name ? [name, withoutBlanks(value)] : field)),
});

export const withName = (message: Message, name: string, to: string): Message => ({
  ...message,
  fields: message.fields.map((field) => (field[0] === name ? [to, field[1]] : field)),
});

/** `content` as bytes, one latin1 character for each. */
export const withContent = (message: Message, content: string): Message => ({
  ...withValue(message, "Content-Length", String(content.length)),
  content,
});

/** RFC 9110 §5.5: whitespace around a value is not part of the value. */
export const withoutBlanks = (value: string): string => value.replace(/^[\t ]+|[\t ]+$/g, "");

export const inUtf8 = (text: string): string => Buffer.from(text).toString("latin1");
