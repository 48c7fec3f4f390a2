"""Keras models as other people write them."""

from __future__ import annotations


def deck(keras):
    """Two convolutions, as in its slide deck; scales by itself."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
        ],
        name="deck",
    )


def small(keras):
    """One convolution of two filters."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(2, 5, 4, activation="relu"),
            layers.Flatten(),
            layers.Dense(10),
        ],
        name="small",
    )


def notebook(keras):
    """Three convolutions and three dense layers, as in its notebook; takes pixels from 0 to 1."""
    layers = keras.layers
    pairs = [
        one
        for filters in (32, 64, 128)
        for one in (
            layers.Conv2D(filters, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
        )
    ]
    dense = [layers.Dense(1024), layers.Dense(2048), layers.Dense(10, activation="softmax")]
    return keras.Sequential(
        [keras.Input((28, 28, 1)), *pairs, layers.Flatten(), *dense], name="notebook"
    )


def functional(keras):
    """A functional model with another inside, batch norm, separable and padded layers."""
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((14, 14, 8)),
            layers.SeparableConv2D(12, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
        ],
        name="inner",
    )
    entry = keras.Input((784,))
    value = layers.Reshape((28, 28, 1))(entry)
    value = layers.Normalization(mean=0.13, variance=0.09)(value)
    value = layers.GaussianNoise(0.1)(value)
    value = layers.ZeroPadding2D(((1, 1), (1, 1)))(value)
    value = layers.Conv2D(8, 3, use_bias=False)(value)
    value = layers.BatchNormalization(scale=False)(value)
    value = layers.Activation("relu")(value)
    value = layers.AveragePooling2D(2)(value)
    value = inner(value)
    value = layers.DepthwiseConv2D(3, activation="relu")(value)
    value = layers.BatchNormalization()(value)
    value = layers.GlobalAveragePooling2D()(value)
    value = layers.Dense(20, activation="relu")(layers.Permute((1,))(value))
    value = layers.Dense(10)(layers.BatchNormalization(center=False)(value))
    return keras.Model(entry, layers.Softmax()(value), name="functional")


def stir(model, seed=0):
    """Other values than a new model's, whose batch norm does nothing."""
    import numpy as np

    rng = np.random.default_rng(seed)
    for variable in model.weights:
        low = 0.5 if "variance" in variable.name else -0.1
        if len(variable.shape) == 1:
            variable.assign(variable + rng.uniform(low, 0.9, variable.shape).astype("float32"))
    return model


def write(model, form, folder):
    """The model in a format; its path."""
    if form == "savedmodel":
        path = folder / f"{model.name}_saved"
        model.export(str(path), verbose=False)
        return path
    if form == "tflite":
        import tensorflow as tf

        saved = write(model, "savedmodel", folder)
        path = folder / f"{model.name}.tflite"
        path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(saved)).convert())
        return path
    path = folder / f"{model.name}.{form}"
    model.save(str(path))
    return path
