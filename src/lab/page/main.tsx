import { render } from "preact";
import { App } from "./app.tsx";
import { installKeys } from "./keys.tsx";
import { follow, hasServer, openFile } from "./source.ts";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
installKeys();
if (hasServer) void follow();

addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file !== undefined) void openFile(file);
});
