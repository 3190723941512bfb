// Bodies and their fields, drawn by WebGL: increments, fields, magnified displacements, values under the pointer.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  // viridis at nine places: readable in grey and by the colour-blind.
  const RAMP = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];
  const VERTEX = `
    attribute vec2 place; attribute vec2 moved; attribute float value;
    uniform vec2 centre; uniform vec2 scale; uniform float times; varying float shade;
    void main() { shade = value; gl_Position = vec4((place + times * moved - centre) * scale, 0.0, 1.0); }`;
  const FRAGMENT = `
    precision mediump float; varying float shade; uniform sampler2D ramp; uniform vec4 plain;
    void main() { gl_FragColor = plain.a > 0.0 ? plain : texture2D(ramp, vec2(clamp(shade, 0.0, 1.0), 0.5)); }`;

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255);
  const shown = (value) => (Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(+value.toPrecision(3)));

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  const whole = (buffer, place) => (place.bytes === 2 ? new Uint16Array(buffer, place.offset, place.length) : new Uint32Array(buffer, place.offset, place.length));

  function reals(buffer, place) {
    const span = (place.high - place.low) / 65535;
    return Float32Array.from(whole(buffer, place), (value) => place.low + span * value);
  }

  function paired(buffer, [first, second]) {
    const x = reals(buffer, first), y = reals(buffer, second), pairs = new Float32Array(2 * x.length);
    for (let n = 0; n < x.length; n++) { pairs[2 * n] = x[n]; pairs[2 * n + 1] = y[n]; }
    return pairs;
  }

  // What can be chosen to colour a state: [key, title, place of the array or null, whether it is of cells].
  function fieldsOf(view, state) {
    const found = [];
    if (state) {
      for (const [key, field] of Object.entries(state.fields)) found.push([key, field.title, field, false]);
      found.push(["displacement", "length of the displacement (mm)", null, false]);
    }
    for (const [key, field] of Object.entries(view.cells)) found.push([key, field.title, field, true]);
    return found;
  }

  class Viewer {
    constructor(figure, view, buffer) {
      this.figure = figure; this.view = view; this.buffer = buffer;
      this.canvas = figure.querySelector("canvas"); this.tip = figure.querySelector(".tip");
      this.gl = this.canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
      if (!this.gl) throw new Error("this browser has no WebGL");
      if (view.points[0].length > 65535 && !this.gl.getExtension("OES_element_index_uint")) throw new Error("this browser cannot draw so many nodes");
      this.points = paired(buffer, view.points);
      this.triangles = whole(buffer, view.triangles);
      this.outline = whole(buffer, view.outline);
      this.rest = new Float32Array(this.points.length);
      this.index = view.states.length - 1;
      this.times = this.index >= 0 ? this.usual() : 1;
      this.prepare(); this.makeControls(); this.fit(); this.choose(); this.listen();
    }

    // Displacements are drawn as they are, unless they are too small to be seen.
    usual() {
      const moved = paired(this.buffer, this.view.states[this.index].displacement);
      const size = Math.max(...this.view.points.map((place) => place.high - place.low));
      let largest = 0;
      for (const value of moved) largest = Math.max(largest, Math.abs(value));
      if (largest === 0 || largest > 0.01 * size) return 1;
      return 10 ** Math.floor(Math.log10((0.1 * size) / largest));
    }

    prepare() {
      const gl = this.gl, program = gl.createProgram();
      for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source); gl.compileShader(shader); gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error("the drawing program does not link");
      gl.useProgram(program);
      this.at = (name) => gl.getUniformLocation(program, name);
      this.buffers = {};
      for (const name of ["place", "moved", "value"]) this.buffers[name] = [gl.createBuffer(), gl.getAttribLocation(program, name)];
      this.element = gl.createBuffer();
      const texture = new Uint8Array(256 * 4);
      for (let n = 0; n < 256; n++) {
        const where = (n / 255) * (RAMP.length - 1), low = Math.min(Math.floor(where), RAMP.length - 2), share = where - low;
        for (let c = 0; c < 3; c++) texture[4 * n + c] = RAMP[low][c] + share * (RAMP[low + 1][c] - RAMP[low][c]);
        texture[4 * n + 3] = 255;
      }
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, texture);
      for (const [what, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]])
        gl.texParameteri(gl.TEXTURE_2D, what, value);
    }

    state() { return this.view.states[this.index]; }

    control(label, element) {
      const box = document.createElement("label");
      box.append(label, element);
      this.figure.querySelector(".controls").append(box);
      return element;
    }

    makeControls() {
      const make = (kind, properties) => Object.assign(document.createElement(kind), properties);
      if (this.view.states.length) {
        const slider = this.control("state", make("input", { type: "range", min: -1, max: this.view.states.length - 1, value: this.index }));
        this.told = make("output"); slider.parentElement.append(this.told);
        slider.addEventListener("input", () => { this.index = Number(slider.value); this.choose(); });
        const times = this.control("displacements", make("select"));
        for (const factor of new Set([1, 2, 5, 10, 100, 1000, this.times])) times.append(make("option", { value: factor, textContent: factor === 1 ? "as they are" : `× ${factor}` }));
        times.value = this.times;
        times.addEventListener("change", () => { this.times = Number(times.value); this.draw(); });
        this.resting = this.control("outline at rest, in grey", make("input", { type: "checkbox", checked: true }));
        this.resting.addEventListener("change", () => this.draw());
      }
      this.picker = this.control("colours", make("select"));
      this.picker.addEventListener("change", () => this.colour());
      this.scale = make("div", { className: "scale" });
      this.figure.querySelector(".controls").append(this.scale);
      const again = make("button", { type: "button", textContent: "whole view" });
      again.addEventListener("click", () => { this.fit(); this.draw(); });
      this.figure.querySelector(".controls").append(again);
    }

    // Take the chosen state; the field stays where the state has it.
    choose() {
      const state = this.state(), wanted = this.picker.value, fields = fieldsOf(this.view, state);
      this.picker.replaceChildren(...[["", "none"], ...fields].map(([key, title]) => Object.assign(document.createElement("option"), { value: key, textContent: title })));
      this.picker.value = fields.some(([key]) => key === wanted) ? wanted : fields.length ? fields[0][0] : "";
      if (this.told) this.told.textContent = state ? state.label : "at rest";
      this.moved = state ? paired(this.buffer, state.displacement) : this.rest;
      this.colour();
    }

    // Colours go over all states, so that they mean the same in each; the greatest half per cent share one.
    range(key) {
      let low = Infinity, high = -Infinity;
      for (const state of this.view.states.length ? this.view.states : [undefined])
        for (const field of fieldsOf(this.view, state)) if (field[0] === key) {
          const sorted = Float32Array.from(this.values(state, field)).sort();
          low = Math.min(low, sorted[0]);
          high = Math.max(high, field[3] ? sorted[sorted.length - 1] : sorted[Math.floor(0.995 * (sorted.length - 1))]);
        }
      return [low, high];
    }

    values(state, [, , place]) {
      if (place) return reals(this.buffer, place);
      const moved = paired(this.buffer, state.displacement), lengths = new Float32Array(moved.length / 2);
      for (let n = 0; n < lengths.length; n++) lengths[n] = Math.hypot(moved[2 * n], moved[2 * n + 1]);
      return lengths;
    }

    colour() {
      const field = fieldsOf(this.view, this.state()).find(([key]) => key === this.picker.value);
      this.field = field && { values: this.values(this.state(), field), title: field[1], cells: field[3] };
      if (field) [this.low, this.high] = this.range(field[0]);
      this.scale.replaceChildren();
      if (field) {
        const ramp = Object.assign(document.createElement("span"), { className: "ramp" });
        ramp.style.background = `linear-gradient(90deg, ${RAMP.map((colour) => `rgb(${colour})`).join(", ")})`;
        this.scale.append(shown(this.low), ramp, (field[3] ? "" : "≥ ") + shown(this.high));
      }
      this.draw();
    }

    fit() {
      const [x, y] = this.view.points;
      let low = [x.low, y.low], high = [x.high, y.high];
      for (const state of this.view.states) state.displacement.forEach((place, axis) => {
        low[axis] = Math.min(low[axis], this.view.points[axis].low + this.times * place.low);
        high[axis] = Math.max(high[axis], this.view.points[axis].high + this.times * place.high);
      });
      this.centre = [0, 1].map((axis) => (low[axis] + high[axis]) / 2);
      this.size = [0, 1].map((axis) => Math.max(high[axis] - low[axis], 1e-12));
      this.zoom = 1;
    }

    pixels() { return 0.92 * this.zoom * Math.min(this.canvas.clientWidth / this.size[0], this.canvas.clientHeight / this.size[1]); }

    load(name, array, width) {
      const gl = this.gl, [buffer, place] = this.buffers[name];
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.bufferData(gl.ARRAY_BUFFER, array, gl.DYNAMIC_DRAW);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, width, gl.FLOAT, false, 0, 0);
    }

    // Values of cells need corners of their own for each triangle.
    solid() {
      const spread = this.field && this.field.cells, span = this.high - this.low || 1;
      const shade = (value) => (value - this.low) / span;
      if (!spread) return [this.points, this.moved, this.field ? this.field.values.map(shade) : this.rest.subarray(0, this.points.length / 2), this.triangles];
      const count = this.triangles.length, places = new Float32Array(2 * count), moved = new Float32Array(2 * count), values = new Float32Array(count);
      for (let n = 0; n < count; n++) {
        const node = this.triangles[n];
        for (let axis = 0; axis < 2; axis++) { places[2 * n + axis] = this.points[2 * node + axis]; moved[2 * n + axis] = this.moved[2 * node + axis]; }
        values[n] = shade(this.field.values[Math.floor(n / 3 / this.view.pieces)]);
      }
      return [places, moved, values, null];
    }

    elements(indices, mode) {
      const gl = this.gl;
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.element);
      gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.DYNAMIC_DRAW);
      gl.drawElements(mode, indices.length, indices.BYTES_PER_ELEMENT === 2 ? gl.UNSIGNED_SHORT : gl.UNSIGNED_INT, 0);
    }

    draw() {
      const gl = this.gl, ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = this.canvas;
      if (!width) return;
      this.canvas.width = width * ratio; this.canvas.height = height * ratio;
      gl.viewport(0, 0, this.canvas.width, this.canvas.height);
      gl.clearColor(...rgb(css("paper")), 1); gl.clear(gl.COLOR_BUFFER_BIT);
      const pixels = this.pixels();
      gl.uniform2f(this.at("centre"), ...this.centre);
      gl.uniform2f(this.at("scale"), (2 * pixels) / width, (2 * pixels) / height);
      // Behind the body, so that it cannot be mistaken for a part of it.
      if (this.state() && this.resting.checked) this.line("quiet", 0);
      const [places, moved, values, triangles] = this.solid();
      this.load("place", places, 2); this.load("moved", moved, 2); this.load("value", values, 1);
      gl.uniform1f(this.at("times"), this.times);
      gl.uniform4f(this.at("plain"), ...(this.field ? [0, 0, 0, 0] : [...rgb(css("reached")), 1]));
      if (triangles) this.elements(triangles, gl.TRIANGLES); else gl.drawArrays(gl.TRIANGLES, 0, values.length);
      this.line("ink", this.times);
    }

    // The outline, moved by so many times the displacement.
    line(name, times) {
      const gl = this.gl;
      this.load("place", this.points, 2); this.load("moved", this.moved, 2); this.load("value", this.rest.subarray(0, this.points.length / 2), 1);
      gl.uniform1f(this.at("times"), times);
      gl.uniform4f(this.at("plain"), ...rgb(css(name)), 1);
      this.elements(this.outline, gl.LINES);
    }

    // The body's place under a point of the canvas, mm.
    place(event) {
      const box = this.canvas.getBoundingClientRect(), pixels = this.pixels();
      return [this.centre[0] + (event.clientX - box.left - box.width / 2) / pixels, this.centre[1] - (event.clientY - box.top - box.height / 2) / pixels];
    }

    listen() {
      let last = null;
      this.canvas.addEventListener("pointerdown", (event) => { last = this.place(event); this.canvas.setPointerCapture(event.pointerId); });
      this.canvas.addEventListener("pointerup", () => { last = null; });
      this.canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
      this.canvas.addEventListener("pointermove", (event) => {
        const here = this.place(event);
        if (last) { for (const axis of [0, 1]) this.centre[axis] += last[axis] - here[axis]; this.draw(); } else this.tell(event, here);
      });
      this.canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        const before = this.place(event);
        this.zoom = Math.min(400, Math.max(0.2, this.zoom * Math.exp(-event.deltaY / 500)));
        const after = this.place(event);
        for (const axis of [0, 1]) this.centre[axis] += before[axis] - after[axis];
        this.draw();
      }, { passive: false });
      this.canvas.addEventListener("keydown", (event) => {
        const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
        if (steps) for (const axis of [0, 1]) this.centre[axis] += (steps[axis] * 30) / this.pixels();
        else if (event.key === "+" || event.key === "-") this.zoom *= event.key === "+" ? 1.25 : 0.8;
        else return;
        event.preventDefault(); this.draw();
      });
      new ResizeObserver(() => this.draw()).observe(this.canvas);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    // Value and place of the node next to the pointer.
    tell(event, [x, y]) {
      let best = Infinity, node = -1;
      for (let n = 0; n < this.points.length / 2; n++) {
        const away = Math.hypot(this.points[2 * n] + this.times * this.moved[2 * n] - x, this.points[2 * n + 1] + this.times * this.moved[2 * n + 1] - y);
        if (away < best) { best = away; node = n; }
      }
      this.tip.hidden = best * this.pixels() > 12;
      if (this.tip.hidden) return;
      const at = `x ${shown(this.points[2 * node])}, y ${shown(this.points[2 * node + 1])} mm at rest`;
      this.tip.textContent = this.field && !this.field.cells ? `${shown(this.field.values[node])} · ${at}` : at;
      const box = this.canvas.getBoundingClientRect();
      const left = event.clientX - box.left + 14;
      this.tip.style.left = `${Math.min(left, box.width - this.tip.offsetWidth - 4)}px`;
      this.tip.style.top = `${Math.max(4, event.clientY - box.top - 28)}px`;
    }
  }

  document.querySelectorAll("figure.view").forEach(async (figure) => {
    const view = data.views[Number(figure.dataset.view)];
    try {
      figure.viewer = new Viewer(figure, view, await unpack(view.block));
    } catch (problem) {
      figure.querySelector(".stage").textContent = `This view cannot be drawn here: ${problem.message}. The figures below show the same body.`;
    }
  });
})();
