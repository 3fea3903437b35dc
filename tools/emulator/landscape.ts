import { createHash } from 'node:crypto';

/**
 * Creates a generator of numbers from 0 (inclusive) to 1 (exclusive) that is seeded by the text (mulberry32).
 */
export function seededRandom(text: string): () => number {
	let state = createHash('sha256').update(text).digest().readUInt32LE(0);
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

type Random = () => number;

const hsl = (hue: number, saturation: number, light: number): string =>
	`hsl(${Math.round(hue) % 360}, ${Math.round(saturation)}%, ${Math.round(light)}%)`;

const times = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, index) => make(index));

// Height of the coordinate space in which everything is drawn, so that a picture looks alike at every size.
const spaceHeight = 1000;

function svg(width: number, height: number, parts: (spaceWidth: number) => string[]): string {
	const spaceWidth = Math.round((spaceHeight * width) / height);
	const frame = `width="${width}" height="${height}" viewBox="0 0 ${spaceWidth} ${spaceHeight}"`;
	const body = parts(spaceWidth).join('');
	return `<svg xmlns="http://www.w3.org/2000/svg" preserveAspectRatio="none" ${frame}>${body}</svg>`;
}

function gradient(id: string, colors: string[]): string {
	const stops = colors.map(
		(color, index) => `<stop offset="${index / (colors.length - 1)}" stop-color="${color}"/>`,
	);
	return `<linearGradient id="${id}" x2="0" y2="1">${stops.join('')}</linearGradient>`;
}

const circle = (x: number, y: number, radius: number, attributes: string): string =>
	`<circle cx="${x.toFixed()}" cy="${y.toFixed()}" r="${radius.toFixed(1)}" ${attributes}/>`;

const polygon = (points: string[], color: string): string =>
	`<polygon points="${points.join(' ')}" fill="${color}"/>`;

const point = (x: number, y: number): string => `${x.toFixed()},${y.toFixed()}`;

/**
 * Draws a landscape as SVG: sky, sun or moon, clouds or stars, hills with trees. Contains no text, because
 * fonts may be missing.
 */
export function landscapeSvg(text: string, width: number, height: number): string {
	const random = seededRandom(text);
	const hue = random() * 360;
	const night = random() < 0.35;
	return svg(width, height, (spaceWidth) => [
		`<defs>${sky(hue, night)}${glow(night)}</defs>`,
		`<rect width="${spaceWidth}" height="${spaceHeight}" fill="url(#sky)"/>`,
		...(night ? stars(random, spaceWidth) : clouds(random, spaceWidth)),
		sun(random, spaceWidth, night),
		...times(5, (layer) => hills(random, spaceWidth, layer, hue, night)),
	]);
}

const sky = (hue: number, night: boolean): string =>
	gradient(
		'sky',
		night
			? [hsl(hue, 60, 9), hsl(hue + 25, 55, 24), hsl(hue + 60, 60, 46)]
			: [hsl(hue, 65, 52), hsl(hue + 30, 75, 70), hsl(hue + 70, 90, 86)],
	);

const glow = (night: boolean): string =>
	'<radialGradient id="glow">' +
	`<stop offset="0.2" stop-color="#fff" stop-opacity="${night ? 0.5 : 0.9}"/>` +
	'<stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>';

function sun(random: Random, spaceWidth: number, night: boolean): string {
	const [x, y, radius] = [spaceWidth * (0.2 + random() * 0.6), 160 + random() * 260, 50 + random() * 60];
	const disc = circle(x, y, radius, `fill="${night ? '#f4f1de' : '#fffbe8'}"`);
	return circle(x, y, radius * 3.2, 'fill="url(#glow)"') + disc;
}

const stars = (random: Random, spaceWidth: number): string[] =>
	times(90, () => {
		const [x, y, radius] = [random() * spaceWidth, random() * 640, 0.8 + random() * 2.4];
		return circle(x, y, radius, `fill="#fff" fill-opacity="${(0.3 + random() * 0.7).toFixed(2)}"`);
	});

const clouds = (random: Random, spaceWidth: number): string[] =>
	times(6, () => {
		const [x, y, size] = [random() * spaceWidth, 60 + random() * 380, 40 + random() * 70];
		return times(5, (puff) => {
			const [dx, dy] = [(puff - 2) * size * 0.8, (random() - 0.5) * size * 0.5];
			const position = `cx="${(x + dx).toFixed()}" cy="${(y + dy).toFixed()}"`;
			const radii = `rx="${size.toFixed()}" ry="${(size * 0.42).toFixed()}"`;
			return `<ellipse ${position} ${radii} fill="#fff" fill-opacity="0.28"/>`;
		}).join('');
	});

function hills(random: Random, spaceWidth: number, layer: number, hue: number, night: boolean): string {
	const base = 520 + layer * 95;
	const waves = times(3, (wave) => ({
		height: (120 - layer * 16) / (wave + 1),
		length: (spaceWidth / (1.2 + wave * 1.9)) * (0.7 + random() * 0.6),
		shift: random() * 7,
	}));
	const crest = (x: number): number =>
		waves.reduce(
			(y, { height, length, shift }) => y - height * 0.55 * Math.sin((x / length) * 6.283 + shift),
			base,
		);
	const line = times(41, (index) => {
		const x = (spaceWidth * index) / 40;
		return point(x, crest(x));
	});
	const light = night ? 36 - layer * 6.5 : 66 - layer * 10;
	const color = hsl(hue + 150 + layer * 9, 28 + layer * 7, light);
	const ground = polygon([point(0, spaceHeight), ...line, point(spaceWidth, spaceHeight)], color);
	if (layer < 2) return ground;
	const green = hsl(hue + 140 + layer * 12, 40, (night ? 20 : 38) - layer * 4);
	return ground + trees(random, spaceWidth, layer, crest, green);
}

const trees = (
	random: Random,
	spaceWidth: number,
	layer: number,
	crest: (x: number) => number,
	color: string,
): string =>
	times(14, () => {
		const x = random() * spaceWidth;
		const size = (18 + random() * 26) * (layer - 0.8);
		const foot = crest(x) + size * 0.3;
		const half = size * 0.42;
		return polygon([point(x, foot - size * 1.9), point(x - half, foot), point(x + half, foot)], color);
	}).join('');

/**
 * Draws the overlay of an edit as SVG: a translucent wash and rings, through which the input stays visible.
 */
export function overlaySvg(text: string, width: number, height: number): string {
	const random = seededRandom(`overlay ${text}`);
	const hue = random() * 360;
	return svg(width, height, (spaceWidth) => [
		`<defs>${gradient('wash', [hsl(hue, 80, 55), hsl(hue + 80, 80, 60)])}</defs>`,
		`<rect width="${spaceWidth}" height="${spaceHeight}" fill="url(#wash)" fill-opacity="0.22"/>`,
		...times(18, () => {
			const [x, y, radius] = [random() * spaceWidth, random() * spaceHeight, 14 + random() * 60];
			const color = hsl(hue + random() * 90, 90, 78);
			const stroke = `stroke="${color}" stroke-width="${(3 + random() * 7).toFixed(1)}"`;
			return circle(x, y, radius, `fill="none" stroke-opacity="0.65" ${stroke}`);
		}),
	]);
}
