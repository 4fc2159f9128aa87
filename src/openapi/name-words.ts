/** Names taken apart into words, and put together again as identifiers and titles. */

const wordCharacter = /[\p{L}\p{N}]/u;

/** The words of a name in any spelling: "readHTTPItem", "read-http_item" and "/read/http/{item}" have three. */
export function splitWords(name: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  const end = (): void => {
    if (word !== "") words.push(word);
    word = "";
  };
  const characters = Array.from(name);
  for (const [index, character] of characters.entries()) {
    if (!wordCharacter.test(character)) {
      end();
      continue;
    }
    const before = characters[index - 1] ?? "";
    const after = characters[index + 1] ?? "";
    if (isUpper(character) && (!isUpper(before) || isLower(after))) end();
    word += character;
  }
  end();
  return words;
}

function isUpper(character: string): boolean {
  return character !== character.toLowerCase();
}

function isLower(character: string): boolean {
  return character !== character.toUpperCase();
}

/** "read item" in any spelling as "ReadItem". */
export function toPascalCase(name: string): string {
  return splitWords(name).map(capitalize).join("");
}

/** "readItem" as "Read item"; words in capitals stay. */
export function toTitle(name: string): string {
  const words = splitWords(name).map((word) =>
    word.length > 1 && word === word.toUpperCase() ? word : word.toLowerCase(),
  );
  return capitalize(words.join(" "));
}

function capitalize(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("");
}
