// The part of ICU MessageFormat that the catalog uses: {name}, and {name, plural, one {...} other
// {...}} with # for the number. https://unicode-org.github.io/icu/userguide/format_parse/messages/

export type MessageValues = Readonly<Record<string, string | number>>;

/** The message with its values filled in, plurals by the rules of `locale`. */
export function formatMessage(pattern: string, values: MessageValues, locale: string): string {
  return new PatternReader(pattern, values, locale).read(null);
}

class PatternReader {
  private at = 0;

  constructor(
    private readonly pattern: string,
    private readonly values: MessageValues,
    private readonly locale: string,
  ) {}

  /** Reads to the end, or to the brace that closes a plural's branch; `number` stands for #. */
  read(number: number | null): string {
    let text = "";
    while (this.at < this.pattern.length && this.pattern[this.at] !== "}") {
      const character = this.pattern[this.at] ?? "";
      this.at++;
      if (character === "{") text += this.readArgument();
      else if (character === "#" && number !== null) text += this.formatNumber(number);
      else text += character;
    }
    return text;
  }

  private readArgument(): string {
    const name = this.readWord();
    const value = this.values[name];
    if (value === undefined) throw new Error(`message "${this.pattern}" lacks a value for ${name}`);
    if (this.pattern[this.at] === "}") {
      this.at++;
      return typeof value === "number" ? this.formatNumber(value) : value;
    }
    this.expect(",");
    if (this.readWord() !== "plural") throw new Error(`message "${this.pattern}": only plural is known`);
    this.expect(",");
    return this.readPlural(Number(value));
  }

  private readPlural(number: number): string {
    const wanted = new Intl.PluralRules(this.locale).select(number);
    const branches = new Map<string, string>();
    for (let word = this.readWord(); word !== ""; word = this.readWord()) {
      this.expect("{");
      branches.set(word, this.read(number));
      this.expect("}");
    }
    this.expect("}");
    const text = branches.get(wanted) ?? branches.get("other");
    if (text === undefined) throw new Error(`message "${this.pattern}" has no branch "other"`);
    return text;
  }

  private readWord(): string {
    const [found = ""] = /^\s*\w*\s*/.exec(this.pattern.slice(this.at)) ?? [];
    this.at += found.length;
    return found.trim();
  }

  private expect(character: string): void {
    if (this.pattern[this.at] !== character)
      throw new Error(`message "${this.pattern}": "${character}" is missing at ${this.at}`);
    this.at++;
  }

  private formatNumber(number: number): string {
    return new Intl.NumberFormat(this.locale).format(number);
  }
}
