"""
Classify towns by country
=========================

:class:`~sklearn_bigram.BigramClassifier` fits one language model to the towns of each country. For
a new town, each model computes the likelihood of the name, and Bayes' rule turns the likelihoods
into probabilities of the countries.
"""

# %%
# Towns of five countries
# -----------------------
# The data are more than a hundred towns of each country, in lower case. Accents are removed,
# because an ``ł`` or ``ñ`` would give the answer away. The classifier has to decide by the letters
# and their order.

import string
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline

from sklearn_bigram import BigramClassifier, BigramDisplay, CountBigramLM, NameTokenizer

TOWNS = {
    "Finland": """
        helsinki espoo tampere vantaa oulu turku jyvaskyla lahti kuopio pori kouvola joensuu
        lappeenranta hameenlinna vaasa seinajoki rovaniemi mikkeli kotka salo porvoo kokkola
        hyvinkaa lohja jarvenpaa rauma tuusula kirkkonummi kajaani kerava nokia ylojarvi kangasala
        savonlinna riihimaki raasepori imatra raahe sastamala hollola tornio siilinjarvi iisalmi
        kurikka valkeakoski varkaus kemi jamsa hamina naantali pietarsaari laukaa heinola kempele
        akaa uusikaupunki forssa kauhava kuusamo kauhajoki loimaa parainen orimattila loviisa
        pirkkala lempaala paimio lieto mantsala nurmijarvi sipoo vihti janakkala kemijarvi sodankyla
        inari utsjoki nivala ylivieska haapajarvi kalajoki kankaanpaa huittinen kokemaki harjavalta
        ulvila mantta keuruu aanekoski saarijarvi viitasaari pieksamaki suonenjoki lieksa nurmes
        outokumpu kitee parikkala ruokolahti virrat alavus ahtari lapua somero laitila hanko
        karkkila kauniainen ikaalinen parkano orivesi""",
    "Italy": """
        roma milano napoli torino palermo genova bologna firenze bari catania venezia verona messina
        padova trieste taranto brescia prato parma modena livorno cagliari foggia salerno perugia
        ferrara ravenna rimini siracusa sassari latina bergamo monza pescara vicenza terni bolzano
        novara piacenza ancona andria arezzo udine cesena lecce pesaro alessandria catanzaro
        brindisi pistoia pisa lucca como treviso varese cosenza potenza asti ragusa gela cremona
        carpi pavia massa imola crotone savona matera benevento agrigento faenza cuneo trani viterbo
        grosseto mantova siena vercelli biella chieti teramo avellino caserta campobasso isernia
        rieti frosinone viareggio sanremo imperia ivrea alba saronno legnano lodi lecco sondrio
        merano bressanone rovigo chioggia jesolo belluno gorizia pordenone assisi spoleto gubbio
        orvieto todi foligno cassino gaeta formia amalfi sorrento positano marsala trapani cefalu
        taormina noto modica nuoro oristano olbia alghero""",
    "Japan": """
        tokyo osaka kyoto nagoya sapporo kobe fukuoka yokohama kawasaki saitama hiroshima sendai
        chiba kitakyushu sakai niigata hamamatsu kumamoto sagamihara okayama shizuoka kagoshima
        funabashi hachioji kawaguchi himeji matsuyama utsunomiya matsudo nishinomiya kurashiki oita
        kanazawa fukuyama amagasaki nagasaki machida toyama gifu miyazaki toyota takatsuki fujisawa
        iwaki nara takamatsu kashiwa toyonaka nagano wakayama okazaki suita hirakata toyohashi
        takasaki kochi kawagoe tokorozawa akita aomori koriyama maebashi naha yokosuka yokkaichi
        kasugai akashi asahikawa morioka fukushima ichinomiya yao shimonoseki hakodate ibaraki
        tokushima mito fukui kakogawa hiratsuka yamagata neyagawa kure sasebo hachinohe saga
        matsumoto takaoka otsu tottori matsue obihiro kushiro tomakomai otaru hirosaki odawara
        kamakura numazu fuji nikko beppu nobeoka imabari niihama uwajima tsuruga maizuru uji ise
        suzuka ogaki tajimi ueda iida nagaoka joetsu sakata tsuruoka yonezawa ishinomaki hanamaki
        kitami abashiri wakkanai muroran""",
    "Poland": """
        warszawa krakow lodz wroclaw poznan gdansk szczecin bydgoszcz lublin bialystok katowice
        gdynia czestochowa radom torun sosnowiec rzeszow kielce gliwice olsztyn zabrze bytom rybnik
        opole tychy elblag plock walbrzych wloclawek tarnow chorzow koszalin kalisz legnica
        grudziadz jaworzno slupsk jastrzebie siedlce myslowice konin pila piotrkow inowroclaw lubin
        ostrow suwalki stargard gniezno ostrowiec siemianowice glogow pabianice leszno zamosc lomza
        zory elk pruszkow chelm mielec kedzierzyn przemysl tczew belchatow swidnica bedzin zgierz
        piekary raciborz legionowo ostroleka swietochlowice wejherowo zawiercie skierniewice
        starachowice wodzislaw starogard pulawy tarnobrzeg kolobrzeg krosno radomsko otwock
        skarzysko ciechanow kutno sieradz swinoujscie zyrardow bochnia debica sanok nysa klodzko
        brzeg olawa olesnica sopot szczytno malbork kwidzyn ilawa ostroda gizycko mragowo augustow
        zakopane wieliczka oswiecim cieszyn zywiec""",
    "Spain": """
        madrid barcelona valencia sevilla zaragoza malaga murcia palma bilbao alicante cordoba
        valladolid vigo gijon hospitalet granada vitoria elche oviedo badalona cartagena terrassa
        jerez sabadell mostoles pamplona almeria leganes fuenlabrada getafe burgos santander
        alcorcon albacete castellon badajoz logrono salamanca huelva lleida marbella tarragona leon
        parla mataro cadiz torrejon jaen alcobendas reus ourense girona santiago lugo lorca caceres
        orihuela algeciras coslada rubi talavera melilla ceuta gandia roquetas ferrol ponferrada
        velez benidorm guadalajara zamora toledo palencia aviles sagunto torrelavega mijas
        torremolinos utrera linares alcoy irun cuenca huesca segovia avila soria teruel merida ronda
        antequera motril lucena ecija ubeda baeza osuna carmona tudela calahorra haro miranda aranda
        medina benavente astorga llanes ribadeo carballo betanzos pontevedra vilagarcia redondela
        elda villena petrer denia javea calpe altea sueca alzira xativa ontinyent requena tortosa
        figueres olot manresa igualada calatayud alcaniz jaca barbastro monzon""",
}

X = np.array([town for towns in TOWNS.values() for town in towns.split()], dtype=object)
y = np.array([country for country, towns in TOWNS.items() for _ in towns.split()])
for country in TOWNS:
    own = X[y == country]
    print(f"{country:8} {len(own)} towns, such as {', '.join(own[::25])}")

# %%
# Compare with a logistic regression
# ----------------------------------
# A common method is to count the letters and letter pairs of each name, weight them by TF-IDF, and
# fit a logistic regression. With ``analyzer="char_wb"`` there is a space before and after each
# name, so that the regression sees how names start and end, as the bigram models do. ``alpha`` and
# ``C`` have the values that work best here.

letters = NameTokenizer(alphabet=string.ascii_lowercase)
bigrams = BigramClassifier(CountBigramLM(alpha=0.3, tokenizer=letters))
methods = {"BigramClassifier": bigrams}
for analyzer in ["char", "char_wb"]:
    vectorizer = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 2))
    methods[f"TF-IDF, {analyzer}"] = make_pipeline(vectorizer, LogisticRegression(C=10))

folds = StratifiedKFold(5, shuffle=True, random_state=0)
print(f"{'guessing':17} {1 / len(TOWNS):.3f} correct")
for label, method in methods.items():
    accuracy = cross_val_score(method, X, y, cv=folds)
    error = accuracy.std(ddof=1) / np.sqrt(len(accuracy))
    print(f"{label:17} {accuracy.mean():.3f} ± {error:.3f}")

# %%
# The bigram models are more accurate than letters and pairs alone. If the regression sees how names
# start and end, the difference is smaller than the standard error. The bigram models assume that a
# name is a Markov chain. Such an assumption helps with few names, even if it is not quite true. The
# regression assumes less, and gains more from additional names.

# %%
# Confusion matrix
# ----------------
# Each town is classified by models that have not seen it.

predicted = cross_val_predict(bigrams, X, y, cv=folds)
fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
ConfusionMatrixDisplay.from_predictions(y, predicted, cmap="Blues", ax=ax)
ax.set_title("Number of towns by true and predicted country")

# %%
# Italy and Spain are often confused: both languages developed from Latin. Japan is the easiest,
# because nearly every consonant is followed by a vowel.

# %%
# Which bigrams decide?
# ---------------------
# The logarithm turns the product of Bayes' rule into a sum, with one term for each bigram of the
# name: :math:`\log P(b \mid a)` in Italy minus the same in Spain. The figure shows these terms for
# all bigrams. Red bigrams speak for Italy, blue ones for Spain. ``estimators_`` holds the fitted
# models.

bigrams.fit(X, y)
models = dict(zip(bigrams.classes_, bigrams.estimators_, strict=True))
fig, ax = plt.subplots(figsize=(6, 6), layout="constrained")
display = BigramDisplay.from_difference(
    models["Italy"], models["Spain"], ax=ax, include_values=False, colorbar=False
)
fig.colorbar(display.im_, label="nats", orientation="horizontal", shrink=0.6)
ax.set_title("Log-probability in Italy minus that in Spain")

# %%
# The largest terms are in the first column, which shows how names end: with ``s``, ``n`` or ``z``
# in Spain, with ``i`` in Italy. Inside names, ``cc``, ``gg`` and ``gn`` speak for Italy, and
# ``da``, ``ed`` and ``ue`` for Spain.
#
# To classify a name, add up its terms and the difference of the log priors, which is small here.
# The next figure does this for three towns that are not in the data.

votes = display.values  # (27, 27)
towns = ["tordesillas", "castiglione", "montepulciano"]
column = {symbol: i for i, symbol in enumerate(bigrams.symbols_)}
fig, axes = plt.subplots(len(towns), figsize=(6, 6), sharey=True, layout="constrained")
for ax, town in zip(axes, towns, strict=True):
    pairs = list(pairwise(f".{town}."))
    height = np.array([votes[column[a], column[b]] for a, b in pairs])
    ax.bar(range(len(pairs)), height, color=np.where(height > 0, "C3", "C0"))
    ax.axhline(0, color="0.5", lw=0.8)
    ax.set_xticks(range(len(pairs)), [a + b for a, b in pairs])
    proba = dict(zip(bigrams.classes_, bigrams.predict_proba([town])[0], strict=True))
    ax.set_title(f"{town}: Italy {proba['Italy']:.2f}, Spain {proba['Spain']:.2f}", loc="left")
axes[1].set_ylabel("nats: Spain below 0, Italy above 0")

# %%
# *Montepulciano* is in Italy, but is classified as Spanish because of ``lc`` and ``ci``. The models
# know *alcoy*, *alcorcon*, *valencia* and *palencia*, and no Italian town with ``lc``.

assert not any("lc" in town for town in X[y == "Italy"])

# %%
# Invent new towns
# ----------------
# The language models can also sample new names, which a regression cannot. The names look better
# with less smoothing than is best for classification.

bigrams.set_params(estimator__alpha=0.01).fit(X, y)
for country, model in zip(bigrams.classes_, bigrams.estimators_, strict=True):
    print(f"{country:8}", *model.sample(6, random_state=10), sep="  ")
