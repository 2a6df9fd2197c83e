"""The course's training step in PyTorch and in JAX, for peer.py; `python train_peers.py` runs the whole job in PyTorch."""

from time import perf_counter

POINTS, BATCH, HIDDEN, RATE, EPOCHS = 50, 10, 100, 0.05, 500


def torch_epoch():
    """Makes the function that trains an epoch in eager PyTorch."""
    import torch

    points = torch.rand(POINTS, 2)
    labels = ((points[:, :1] < 0.5) != (points[:, 1:] < 0.5)).float()
    model = torch.nn.Sequential(
        torch.nn.Linear(2, HIDDEN), torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(),
        torch.nn.Linear(HIDDEN, 1), torch.nn.Sigmoid(),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def epoch(read):
        order = torch.randperm(POINTS)
        for start in range(0, POINTS, BATCH):
            chosen = order[start:start + BATCH]
            x, y = points[chosen], labels[chosen]
            optimizer.zero_grad()
            o = model(x)
            loss = (-(o * y + (o - 1) * (y - 1)).log()).mean()
            loss.backward()
            optimizer.step()
            if read:
                loss.item()

    return epoch


def jax_epoch():
    """Makes the function that trains an epoch in JAX, the whole step (the batch's choice included) being one jitted function."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    random = np.random.default_rng(0)
    points = random.random((POINTS, 2), dtype=np.float32)
    labels = jnp.asarray(((points[:, :1] < 0.5) != (points[:, 1:] < 0.5)).astype(np.float32))
    points = jnp.asarray(points)
    sizes = [(2, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)]
    state = [[
        (jnp.asarray(random.random(size, dtype=np.float32) - 0.5), jnp.full(size[1], 0.1, np.float32))
        for size in sizes
    ]]

    def loss_of(layers, x, y):
        for weight, bias in layers[:-1]:
            x = jax.nn.relu(x @ weight + bias)
        weight, bias = layers[-1]
        o = jax.nn.sigmoid(x @ weight + bias)
        return (-jnp.log(o * y + (o - 1) * (y - 1))).mean()

    def step(layers, chosen):
        loss, gradients = jax.value_and_grad(loss_of)(layers, points[chosen], labels[chosen])
        return jax.tree.map(lambda value, gradient: value - RATE * gradient, layers, gradients), loss

    step = jax.jit(step, donate_argnums=0)

    def epoch(read):
        order = random.permutation(POINTS).astype(np.int32)
        for start in range(0, POINTS, BATCH):
            state[0], loss = step(state[0], order[start:start + BATCH])
            if read:
                loss.item()
        if not read:
            loss.block_until_ready()

    return epoch


def whole_job():
    """Trains from the start to the end; returns the seconds."""
    import torch  # noqa: F401 (importing is no part of the job)

    start = perf_counter()
    epoch = torch_epoch()
    for _ in range(EPOCHS):
        epoch(True)
    return perf_counter() - start


if __name__ == "__main__":
    print(whole_job())
