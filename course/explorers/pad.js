// A square of the plane with a marker, which pointer and arrow keys move: see latent.py.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

function render({ model, el }) {
  const pad = document.createElement("div");
  pad.className = "course-pad";
  pad.tabIndex = 0;
  pad.setAttribute("role", "slider");
  pad.setAttribute("aria-roledescription", "two-dimensional slider");
  pad.setAttribute("aria-label", "Code z: move it with the arrow keys, with Shift in larger steps");
  // JupyterLab would use the arrow keys to go from cell to cell.
  pad.dataset.lmSuppressShortcuts = "true";
  const plane = document.createElement("img");
  plane.alt = model.get("alt");
  plane.draggable = false;
  const marker = document.createElement("div");
  marker.className = "course-marker";
  pad.append(plane, marker);
  el.append(pad);
  let address = "";

  function drawPlane() {
    URL.revokeObjectURL(address);
    address = URL.createObjectURL(new Blob([model.get("plane")], { type: "image/png" }));
    plane.src = address;
  }

  function drawMarker() {
    const limit = model.get("limit");
    const [left, top, width, height] = model.get("frame");
    const [x, y] = model.get("value").map((number) => number / limit / 2 + 0.5);
    marker.style.left = `${100 * (left + width * x)}%`;
    marker.style.top = `${100 * (top + height * (1 - y))}%`;
    const words = model.get("value").map((number, i) => `z${i + 1} ${number.toFixed(2)}`);
    pad.setAttribute("aria-valuenow", model.get("value")[0]);
    pad.setAttribute("aria-valuemin", -limit);
    pad.setAttribute("aria-valuemax", limit);
    pad.setAttribute("aria-valuetext", words.join(", "));
  }

  function move(value) {
    const limit = model.get("limit");
    model.set("value", value.map((number) => Math.min(Math.max(number, -limit), limit)));
    model.save_changes();
  }

  function follow(event) {
    const box = pad.getBoundingClientRect();
    const [left, top, width, height] = model.get("frame");
    const x = ((event.clientX - box.left) / box.width - left) / width;
    const y = 1 - ((event.clientY - box.top) / box.height - top) / height;
    move([x, y].map((share) => (2 * share - 1) * model.get("limit")));
  }

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (pad.hasPointerCapture(event.pointerId)) follow(event);
  });
  pad.addEventListener("keydown", (event) => {
    const [x, y] = model.get("value");
    const step = (model.get("limit") / 30) * (event.shiftKey ? 5 : 1);
    const direction = DIRECTIONS[event.key];
    if (event.key === "Home") move([0, 0]);
    else if (direction) move([x + step * direction[0], y + step * direction[1]]);
    else return;
    event.preventDefault();
  });
  model.on("change:value", drawMarker);
  model.on("change:plane", drawPlane);
  drawPlane();
  drawMarker();
  return () => {
    URL.revokeObjectURL(address);
    model.off("change:value", drawMarker);
    model.off("change:plane", drawPlane);
  };
}

export default { render };
