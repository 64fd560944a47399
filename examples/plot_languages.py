"""
Classify surnames by language
=============================

:class:`~sklearn_bigram.BigramClassifier` predicts the language of a surname. It needs no tuning:
you set neither an alphabet nor a smoothing. This example compares its accuracy, log-loss and time
with a logistic regression on letter pairs.
"""

# %%
# Surnames of ten languages
# -------------------------
# Many surnames consist of two parts: *lind* and *berg* make *lindberg*. Here are such parts for ten
# languages. Combining each first part with each second part gives 400 to 480 names per language.
# Some of them exist, the others look as if they did. Accents are kept.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_bigram import BigramClassifier

PARTS = {
    "Czech": (
        """nov dvoř svob čern proch kuč vesel horá něm pokorn mareč pospíš háj jelín král růžič
        beneš fial sedl dolež zeman kol krejč navrát čerm urb blaž kopec bart vlč šim bureš tich
        říh mal mus matouš hrub hol kadl""",
        "ák ek ka ovský ný ík il ář ička ec",
    ),
    "Finnish": (
        """korho virta mäki niemi mäke hämä laiti heikki koski järvi leht salo tuomi ranta joki
        matti saari heina kinnu salmi turu aho pelto savo hirvo karppi miett väisä kallio laakso
        nurmi rauta oja leino tikka haka lappa musto kettu aalto""",
        "nen la lä inen lainen maa oja nto ri kka uri aho",
    ),
    "German": (
        """müll schm schneid fisch web wagn beck hoff schäf koch richt klein wolf schröd neu
        schwarz zimmer braun krüg hart lang wern krau lehm köhl herr könig walt kais fuchs pet
        scholz möll weiß jung hahn vog fried kell günth""",
        "er mann bach berg meyer stein hauer el ing inger recht feld",
    ),
    "Irish": (
        """mccarth o'connor o'brie mcdonn o'sulliv fitzger o'neil gallagh doh kenned lynn murr
        quin moor mclough o'carr conn dal o'donn brenn mccorm mcgui hann mcgra ryan cullig flanag
        o'rour kavan mul mah doy nol dunn casey foy mcken""",
        "y an ell in agh ey igan ahan oran ly tt lan",
    ),
    "Italian": (
        """ross bianch ricc marin grec brun gall cont mancin costagl giord rizz lomb moret barb
        font santor marian rinald carus ferr leon martin vital ser copp luc angel paris vill gatt
        pelleg pal sann fabbr mont guerr batt valent bened""",
        "i o a ini etti elli ino one ucci ello ese aro",
    ),
    "Japanese": (
        """yama taka kawa mura naka ishi matsu kita nishi higashi minami ta hashi mori kuro shira
        aka ao o ko fuji ki sugi take ume sakura hara no oka hama shima kishi iwa suzu wata hoshi
        tsuki ara furu""",
        "moto da guchi mura yama shita kawa zaki no hara ta saki",
    ),
    "Polish": (
        """kowal wiśni dąbrow lewand wójcik kami ziel szym woźni kozł jank maz kraw piotr grab
        nowak pawł mich król wiecz jabłoń maj olsz jaw mal stęp górs rut sik bar dudz szew pietrz
        marc walcz zal sad bąk wilk""",
        "ski ska czyk ak ek owski iak owicz ewicz ka ko as",
    ),
    "Spanish": (
        """garc rodr fern gonz lóp mart sánch pér góm hern jimén díaz mor muñ álvar rom alons
        gutiérr nav torr domíngu vázqu ram gil serr blanc suár mol ort delg castr rub marín núñ
        igles med garr cort casti loz""",
        "ez o a ero ado ales al illo ón era eña ín",
    ),
    "Swedish": (
        """lind berg ny hall sand ek dal söder norr öst ström holm stor gran björk forss hed åker
        lund blom sjö ahl alm rosen näs vik haga ceder fors löf gull stål kvist dahl wall mark rud
        hög wik engel""",
        "ström berg qvist gren lund mark dahl holm stedt blad man sson",
    ),
    "Turkish": (
        """yıl kay dem şah çel öz aydın ars doğ kıl asl çet kar koç kur özd şim yavuz pol ko tek
        gün aks bul gü toprak erd yüks uys bozk ateş taş ünl sarı ka tur uçar kesk dum gök""",
        "maz an ir oğlu lı çı ık er türk kan soy demir",
    ),
}

names = {
    language: sorted({a + b for a in first.split() for b in second.split()})
    for language, (first, second) in PARTS.items()
}
X = np.array([name for own in names.values() for name in own], dtype=object)
y = np.array([language for language, own in names.items() for _ in own])
order = np.random.default_rng(0).permutation(len(X))  # folds of sorted names would differ too much
X, y = X[order], y[order]
for language, own in names.items():
    print(f"{language:9} {len(own)} names, such as {', '.join(own[::97])}")

# %%
# Use the default classifier
# --------------------------
# The default model accepts symbols that are missing from the training names, so a fold without a
# rare letter is no problem. Such a symbol has no influence on the prediction.

classifier = BigramClassifier()
scores = cross_val_score(classifier, X, y)
print(f"{scores.mean():.3f} correct")

classifier.fit(X, y)
for name in ["horáková", "hyttinen", "ferrari", "mcbride", "takahashi", "åström", "李"]:
    proba = classifier.predict_proba([name])[0]
    best = proba.argsort()[:-3:-1]
    print(f"{name:10}", *(f"{classifier.classes_[i]} {proba[i]:.2f}" for i in best), sep="  ")

# %%
# The model has never seen the last symbol, so its probabilities are the priors.
#
# Compare with a logistic regression
# ----------------------------------
# A common method is to weight the letter pairs of each name by TF-IDF and to fit a logistic
# regression. With ``char_wb`` it sees where a name starts and ends. Its regularization parameter
# ``C`` matters much. Train all methods on 100 to 3,659 names, and score them on 1,000 others.

methods = {"BigramClassifier()": BigramClassifier()}
for C in [1, 10, 100]:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 2))
    methods[f"logistic regression, C={C}"] = make_pipeline(
        vectorizer, LogisticRegression(C=C, max_iter=1000)
    )

X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=1000, stratify=y, random_state=0
)
sizes = [100, 300, 1000, len(X_train)]
results = {}  # of each method: accuracy, log-loss and seconds for each size
for label, method in methods.items():
    rows = []
    for size in sizes:
        start = perf_counter()
        proba = method.fit(X_train[:size], y_train[:size]).predict_proba(X_test)
        seconds = perf_counter() - start
        predicted = method.classes_[proba.argmax(axis=1)]
        rows.append((accuracy_score(y_test, predicted), log_loss(y_test, proba), seconds))
    results[label] = np.array(rows)
    accuracy, loss, seconds = rows[-1]
    print(f"{label:27} {accuracy:.3f} correct, log-loss {loss:.3f}, {seconds:.3f} s")

titles = ["Accuracy", "Log-loss", "Time to fit and predict (s)"]
fig, axes = plt.subplots(3, figsize=(6, 9), sharex=True, layout="constrained")
for column, (ax, title) in enumerate(zip(axes, titles, strict=True)):
    for label, table in results.items():
        ax.plot(sizes, table[:, column], "o-", label=label)
    ax.set(xscale="log", title=title)
    ax.grid(alpha=0.3)
axes[1].set_yscale("log")
axes[2].set(yscale="log", xlabel="training names")
axes[0].legend()

# %%
# With up to 300 names, the bigram models are more accurate: if a letter pair has not been seen,
# they still know how frequent each letter is. With all names, the regression has a higher accuracy
# for two values of ``C``, and a lower log-loss for one of them. It takes several times as long.
