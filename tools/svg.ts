/**
 * SVG as text.
 *
 * @module
 */

/** The attributes of an element. */
export type Attributes = Readonly<Record<string, string | number>>;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A text as it may stand in SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

/** An element around others. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shown(value))}"`).join(
    "",
  );
  return children.length === 0 ? `<${name}${given}/>` : `<${name}${given}>${children.join("")}</${name}>`;
}

/** A line of text; `anchor` says which part of it lies at the place. */
export function label(
  text: string,
  x: number,
  y: number,
  anchor: "start" | "middle" | "end" = "start",
  attributes: Attributes = {},
): string {
  return element("text", { x, y, "text-anchor": anchor, ...attributes }, escaped(text));
}

/** A drawing of a size, on white, so that it can be read on dark pages too. */
export function drawing(width: number, height: number, ...children: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    "font-family": "sans-serif",
    "font-size": 12,
  };
  return `${element("svg", attributes, element("rect", { width, height, fill: "white" }), ...children)}\n`;
}

/** Numbers with two digits behind the point at most. */
function shown(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : value;
}
