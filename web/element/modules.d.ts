// What the bundler makes: the messages by language in the order of kMessageKeys, and style sheets as text.
declare module "element-catalog" {
  const catalog: Record<import("../src/shared/languages").Language, readonly string[]>;
  export default catalog;
}
declare module "*.css" {
  const text: string;
  export default text;
}
