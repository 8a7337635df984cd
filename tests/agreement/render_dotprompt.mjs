// Sources and one row on the standard input -> what dotprompt makes of each, on the standard output.
import { readFileSync } from "fs";
import { Dotprompt } from "dotprompt";

const { sources, row } = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const source of sources) {
  try {
    answers.push({ messages: (await new Dotprompt().render(source, { input: row })).messages });
  } catch (error) {
    answers.push({ error: String(error.message) });
  }
}
console.log(JSON.stringify(answers));
