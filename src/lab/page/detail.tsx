import {
  counted,
  type ExplanationNode,
  type Mark,
  type Problem,
  printable,
  tcpMeaning,
} from "../../browser.ts";
import { type ExplainedStream, pathTo } from "../model/streams.ts";
import { chosenEvent, partOf, selection } from "./state.ts";

/** The sentence about the chosen bytes, the section that says so, and what is wrong with them. */
export function Detail({ explained }: { explained: ExplainedStream | undefined }) {
  const event = chosenEvent.value;
  if (event?.kind === "mark") return <MarkText mark={event} />;
  const bytes = explained && partOf(explained, selection.value);
  if (bytes === undefined || explained === undefined)
    return (
      <div class="detail-box" aria-live="polite">
        <p class="quiet">Point at a field or a byte: the other view marks it, too. Click it to keep it.</p>
      </div>
    );
  const path = pathTo(explained.nodes, bytes.start);
  const node = path.find(({ start, end }) => start === bytes.start && end === bytes.end) ?? path.at(-1);
  const way = node === undefined ? path : path.slice(0, path.indexOf(node) + 1);
  const problems = path.filter(({ problem }) => problem !== undefined);
  return (
    <div class="detail-box" aria-live="polite">
      <p class="way">{way.map(({ kind }) => kind).join(" › ")}</p>
      <p>
        {node?.meaning ?? counted(bytes.end - bytes.start, "byte")}
        {node !== undefined && node.section !== "" && <cite>{node.section}</cite>}
      </p>
      <p class="quiet">
        bytes {bytes.start}–{bytes.end - 1} of what the {bytes.flow} sent, {bytes.end - bytes.start} in all
        {explained.seenBy.startsWith("proxy") && `, at ${explained.seenBy}`}
        {node?.guessed === true && ". Read on after a broken rule: this is a guess."}
      </p>
      {problems.map((each) => (
        <ProblemText node={each} key={each.kind} />
      ))}
    </div>
  );
}

/** What happened to the connection, what it means, and what to check. */
function MarkText({ mark }: { mark: Mark }) {
  const said = tcpMeaning(mark.event);
  return (
    <div class="detail-box" aria-live="polite">
      <p>
        <b>{mark.mark}</b> {printable(mark.text)}
      </p>
      {said !== undefined && (
        <p>
          {said.meaning}
          {said.section !== "" && <cite>{said.section}</cite>}
        </p>
      )}
      {said !== undefined && said.check !== "" && <p class="quiet">{said.check}</p>}
    </div>
  );
}

/** A broken rule, and both readings of it side by side. */
function ProblemText({ node: { problem } }: { node: ExplanationNode }) {
  if (problem === undefined) return null;
  return (
    <div class="problem" role="note">
      <p>
        <b>{problem.code}</b> {problem.message}
      </p>
      <Readings problem={problem} />
      {problem.advice !== "" && <p>{problem.advice}</p>}
    </div>
  );
}

/** How each kind of program reads ambiguous bytes, side by side. */
export function Readings({ problem: { readings } }: { problem: Problem }) {
  if (readings.length === 0) return null;
  return (
    <div class="readings">
      {readings.map(({ who, what }) => (
        <dl key={who}>
          <dt>{who}</dt>
          <dd>{what}</dd>
        </dl>
      ))}
    </div>
  );
}
