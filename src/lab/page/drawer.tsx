import { signal } from "@preact/signals";
import { Compose } from "./compose.tsx";
import { faults } from "./faulting.ts";
import { Faults } from "./faults.tsx";
import { Servers } from "./servers.tsx";
import { drawer } from "./state.ts";
import { Step } from "./step.tsx";

const TABS = [
  ["compose", "Compose", "c"],
  ["servers", "Servers", "v"],
  ["faults", "Faults", "x"],
  ["step", "Step", "n"],
] as const;

/** Only the page of a proxy has faults. */
const shownTabs = () => TABS.filter(([name]) => name !== "faults" || faults.value !== undefined);

/** The height of the open drawer, in percent of the page. */
const height = signal(46);
const LEAST = 20;
const MOST = 80;

/** Where its user acts: sends a message, starts servers and clients, steps through an exchange. */
export function Drawer() {
  const open = drawer.value;
  return (
    <section
      class={`drawer ${open === undefined ? "" : "open"}`}
      aria-label="drawer"
      style={{ "--drawer": `${height.value}%` }}
    >
      {open !== undefined && <Edge />}
      <div class="drawer-bar">
        <div class="drawer-tabs" role="tablist" aria-label="what to do" onKeyDown={moveTab}>
          {shownTabs().map(([name, title, key]) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`drawer-tab-${name}`}
              aria-selected={open === name}
              aria-controls="drawer-view"
              tabIndex={open === name || (open === undefined && name === "compose") ? 0 : -1}
              onClick={() => {
                drawer.value = open === name ? undefined : name;
              }}
            >
              {title} <kbd>{key}</kbd>
            </button>
          ))}
        </div>
        {open !== undefined && (
          <button
            type="button"
            class="close"
            onClick={() => {
              drawer.value = undefined;
            }}
          >
            close <kbd>Esc</kbd>
          </button>
        )}
      </div>
      <div
        id="drawer-view"
        class="drawer-view"
        role="tabpanel"
        {...(open !== undefined && { "aria-labelledby": `drawer-tab-${open}` })}
        hidden={open === undefined}
      >
        {open === "compose" && <Compose />}
        {open === "servers" && <Servers />}
        {open === "faults" && <Faults />}
        {open === "step" && <Step />}
      </div>
    </section>
  );
}

/** The upper edge: drag it, or move it with the arrow keys. */
function Edge() {
  const resize = (percent: number) => {
    height.value = Math.min(Math.max(Math.round(percent), LEAST), MOST);
  };
  return (
    <div
      class="edge"
      role="separator"
      aria-orientation="horizontal"
      aria-label="height of the drawer"
      aria-valuenow={height.value}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          resize(((innerHeight - event.clientY) / innerHeight) * 100);
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowUp") resize(height.value + 4);
        else if (event.key === "ArrowDown") resize(height.value - 4);
        else return;
        event.preventDefault();
      }}
    />
  );
}

function moveTab(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (by === 0) return;
  const tabs = shownTabs();
  const at = tabs.findIndex(([name]) => name === drawer.value);
  const [name] = tabs[(at + by + tabs.length) % tabs.length] as (typeof TABS)[number];
  drawer.value = name;
  // The pane takes the focus when it opens: give it back to the tabs, whose user moves among them.
  requestAnimationFrame(() => document.getElementById(`drawer-tab-${name}`)?.focus());
  event.preventDefault();
}
