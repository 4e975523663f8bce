// Run a Python file in Pyodide: node run.mjs PYODIDE_FOLDER WHEELS_FOLDER FILE ARGUMENT
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodideFolder, wheels, file, argument] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodideFolder, "pyodide.mjs")).href);
const pyodide = await loadPyodide({ indexURL: pyodideFolder + "/" });
const copy = (from, to) => pyodide.FS.writeFile(to, new Uint8Array(readFileSync(from)));
pyodide.FS.mkdir("/wheels");
for (const name of readdirSync(wheels)) copy(join(wheels, name), `/wheels/${name}`);
copy(file, "/inside.py");
copy(argument, "/values.json");
try {
  pyodide.runPython(`
import glob, runpy, sys, sysconfig, zipfile
for wheel in glob.glob("/wheels/*.whl"):
    zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
sys.argv = ["/inside.py", "/values.json"]
runpy.run_path("/inside.py", run_name="__main__")
`);
} catch (error) {
  console.error(String(error.message));
  process.exitCode = 1;
}
