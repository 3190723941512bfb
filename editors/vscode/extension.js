// Starts `metac lsp` for the folder that is open, and says what to do where there is no metac.
const fs = require("fs");
const path = require("path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

/** The command: what the settings name, that of an environment in the folder, or that of the PATH. */
function command() {
  const set = vscode.workspace.getConfiguration("metac").get("command");
  if (set) return set;
  const name = process.platform === "win32" ? path.join("Scripts", "metac.exe") : path.join("bin", "metac");
  const folders = (vscode.workspace.workspaceFolders || []).map((each) => each.uri.fsPath);
  const candidates = folders.flatMap((folder) => [".venv", "venv"].map((each) => path.join(folder, each, name)));
  return candidates.find((each) => fs.existsSync(each)) || "metac";
}

async function start() {
  const found = command();
  client = new LanguageClient(
    "metac",
    "metac",
    { command: found, args: ["lsp"] },
    { documentSelector: [{ language: "meta" }] },
  );
  try {
    await client.start();
  } catch (problem) {
    vscode.window.showErrorMessage(
      `metac's language server did not start (${found}): ${problem.message}. Install metac, or name its command in the setting metac.command.`,
    );
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

exports.activate = async function (context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("metac.restart", async () => {
      await stop();
      await start();
    }),
  );
  await start();
};

exports.deactivate = stop;
