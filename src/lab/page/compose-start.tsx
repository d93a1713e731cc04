import { signal } from "@preact/signals";
import { counted } from "../../browser.ts";
import { fromCurl } from "../model/curl-line.ts";
import { EXAMPLES, type Example } from "../model/examples.ts";
import { fieldsOf, requestText } from "../model/request-form.ts";
import { streamOf } from "../model/streams.ts";
import { textOf } from "../model/typed.ts";
import { begin, beginWith, failure, inText, otherTarget, status, target, targetId } from "./composing.ts";
import { servers } from "./playing.ts";
import { chosen, selection } from "./state.ts";

const shown = signal<"form" | "curl" | undefined>(undefined);
const method = signal("GET");
const path = signal("/hello");
const fields = signal("");
const content = signal("");
const curlLine = signal("");

/** Where a message can begin: an example, a form, a line of curl, or what the ladder shows. */
export function ComposeStart() {
  const toggle = (name: "form" | "curl") => {
    shown.value = shown.value === name ? undefined : name;
  };
  return (
    <>
      <div class="row" role="group" aria-label="begin with">
        <select
          aria-label="begin with an example"
          value=""
          onChange={(event) => {
            beginWith(EXAMPLES[Number(event.currentTarget.value)] as Example);
            event.currentTarget.value = "";
          }}
        >
          <option value="" disabled>
            example…
          </option>
          {EXAMPLES.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
        <button type="button" aria-expanded={shown.value === "form"} onClick={() => toggle("form")}>
          form
        </button>
        <button type="button" aria-expanded={shown.value === "curl"} onClick={() => toggle("curl")}>
          curl line
        </button>
        <button type="button" title="The chosen bytes, or all that this end sent" onClick={fromLadder}>
          from the ladder
        </button>
      </div>
      {shown.value === "form" && <RequestForm />}
      {shown.value === "curl" && <CurlForm />}
    </>
  );
}

function fromLadder(): void {
  const conversation = chosen.value;
  const chosenBytes = selection.value;
  const flow = chosenBytes?.flow ?? "client";
  const stream =
    conversation === undefined
      ? undefined
      : streamOf(conversation, flow, chosenBytes?.start, chosenBytes?.connection)?.stream;
  if (stream === undefined) {
    failure.value = "The ladder shows no bytes yet.";
    return;
  }
  const { bytes, base, spans } = stream;
  const part =
    chosenBytes === undefined ? bytes : bytes.subarray(chosenBytes.start - base, chosenBytes.end - base);
  begin(textOf(part), spans.length === 0 ? "bytes" : flow === "client" ? "request" : "response");
  status.value = `${counted(part.length, "byte")} from the ladder. Secrets are masked there.`;
}

function RequestForm() {
  return (
    <form
      class="start-form"
      aria-label="begin with a form"
      onSubmit={(event) => {
        event.preventDefault();
        const given = fieldsOf(fields.value);
        const hasHost = given.some(([name]) => name.toLowerCase() === "host");
        const host = target.value === undefined ? "localhost" : inText(target.value);
        begin(
          requestText({
            method: method.value,
            target: path.value,
            fields: hasHost ? given : [["Host", host], ...given],
            content: content.value,
          }),
          "request",
        );
        shown.value = undefined;
      }}
    >
      <div class="row">
        <Text label="method" value={method} />
        <Text label="target" value={path} />
      </div>
      <label>
        <span>fields, one in each line</span>
        <textarea
          rows={2}
          placeholder="Accept: text/plain"
          value={fields.value}
          onInput={(event) => {
            fields.value = event.currentTarget.value;
          }}
        />
      </label>
      <label>
        <span>content</span>
        <textarea
          rows={2}
          value={content.value}
          onInput={(event) => {
            content.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit">make the message</button>
    </form>
  );
}

function Text({ label, value }: { label: string; value: { value: string } }) {
  return (
    <label>
      <span>{label}</span>{" "}
      <input
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

function CurlForm() {
  return (
    <form
      class="start-form"
      aria-label="begin with a line of curl"
      onSubmit={(event) => {
        event.preventDefault();
        takeCurl();
      }}
    >
      <label>
        <span>a line of curl</span>
        <textarea
          rows={2}
          placeholder="curl -H 'Accept: text/plain' http://localhost:8080/hello"
          value={curlLine.value}
          onInput={(event) => {
            curlLine.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit">make the message</button>
    </form>
  );
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "::1"]);

function takeCurl(): void {
  try {
    const { text, host, port, notes } = fromCurl(curlLine.value);
    begin(text, "request");
    shown.value = undefined;
    if (LOOPBACK.has(host)) {
      const running = servers.value.find((server) => server.port === port);
      targetId.value = running?.id ?? -1;
      otherTarget.value = inText({ host, port });
    } else notes.push(`The page sends to this machine alone: the target is not ${host}.`);
    status.value = notes.join(" ");
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  }
}
