// Raw pixels on a canvas, titles around it, a sentence below: see picture.py.

function titles(texts, className) {
  const box = document.createElement("div");
  box.className = className;
  box.setAttribute("aria-hidden", "true"); // The sentence says the same in full.
  for (const text of texts) {
    box.appendChild(document.createElement("span")).textContent = text;
  }
  return box;
}

function render({ model, el }) {
  const figure = document.createElement("figure");
  figure.className = "course-picture";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const sentence = document.createElement("figcaption");
  sentence.setAttribute("aria-live", "polite");
  const columns = titles(model.get("column_titles"), "course-columns");
  const rows = titles(model.get("row_titles"), "course-rows");
  figure.append(columns, rows, canvas, sentence);
  figure.style.setProperty("--picture-width", `${model.get("width")}px`);
  el.append(figure);

  function draw() {
    const [height, width, colours] = model.get("shape");
    const bytes = model.get("pixels");
    if (bytes.byteLength === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
    }
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel += 1) {
      for (let colour = 0; colour < 3; colour += 1) {
        image.data[4 * pixel + colour] = bytes.getUint8(pixel * colours + (colour % colours));
      }
      image.data[4 * pixel + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
    sentence.textContent = model.get("sentence");
    canvas.setAttribute("aria-label", model.get("sentence"));
  }

  model.on("change:pixels", draw);
  model.on("change:sentence", draw);
  draw();
  model.send("shown"); // Somebody looks, so the kernel can prepare what takes a while.
  return () => {
    model.off("change:pixels", draw);
    model.off("change:sentence", draw);
  };
}

export default { render };
